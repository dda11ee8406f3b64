# SPDX-License-Identifier: Apache-2.0
# Completion for ofctl and ovs-ofctl: options, commands, bridges that run now,
# names of ports and tables where a command takes one, files.

_ofctl_rundir()
{
    local dir
    for dir in "$OVS_RUNDIR" /var/run/openvswitch /var/run/weir; do
        [ -n "$dir" ] && [ -d "$dir" ] && { echo "$dir"; return; }
    done
}

_ofctl_bridges()
{
    local dir socket
    dir=$(_ofctl_rundir)
    for socket in "$dir"/*.mgmt; do
        [ -S "$socket" ] && basename "$socket" .mgmt
    done
}

# Names of the ports of a bridge, from lines such as " 1(eth0): addr:...".
_ofctl_ports()
{
    "$1" -t 2 show "$2" 2> /dev/null | sed -n 's/^ [^ (]*(\(.*\)): addr.*/\1/p'
}

# Options from --help, one a line, with '=' where a value follows.
_ofctl_options()
{
    "$1" --help 2> /dev/null \
        | grep -oE -- '--[a-z][-a-z]*=?' | sort -u
}

# The word at place $4 (1: behind the command) of the command $2.
_ofctl_argument()
{
    local program=$1 command=$2 bridge=$3 place=$4
    case $place:$command in
    1:diff-flows) _ofctl_bridges; compgen -f -- "$cur" ;;
    1:ofp-parse*|1:parse-flows) compgen -f -- "$cur" ;;
    1:parse-*|1:*-print*|1:print-*|1:encode-*|1:compose-packet|1:help) ;;
    1:*) _ofctl_bridges ;;
    2:diff-flows) _ofctl_bridges; compgen -f -- "$cur" ;;
    2:add-flows|2:add-groups|2:replace-flows|2:bundle)
        compgen -f -- "$cur" ;;
    2:dump-ports*|2:mod-port|2:queue-*) _ofctl_ports "$program" "$bridge" ;;
    2:set-frags) printf '%s\n' normal drop reassemble nx-match ;;
    2:mod-table) echo all ;;
    3:mod-table) printf '%s\n' controller continue drop evict noevict \
        vacancy: novacancy name: ;;
    3:mod-port) printf '%s\n' up down stp no-stp receive no-receive \
        receive-stp no-receive-stp forward no-forward flood no-flood \
        packet-in no-packet-in ;;
    esac
}

_ofctl()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local program=${COMP_WORDS[0]} command= bridge= place=0 i word words
    COMPREPLY=()

    # What was typed before the cursor.
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        -O|-F|-P|-t|-p|-c|-C) ((++i)) ;;
        =) ((++i)) ;;
        -*) ;;
        *)  if [ -z "$command" ]; then
                command=$word
            else
                bridge=${bridge:-$word}
            fi
            ((++place)) ;;
        esac
    done

    if [ "$prev" = -O ]; then
        words=$(printf 'OpenFlow1%d ' 0 1 2 3 4 5)
    elif [ "$prev" = -F ]; then
        words='any OpenFlow10 OpenFlow10+table_id NXM NXM+table_id OXM'
    elif [ "$prev" = -P ]; then
        words='standard nxt_packet_in nxt_packet_in2'
    elif [ -z "$command" ] && [[ $cur == -* ]]; then
        words="$(_ofctl_options "$program") -O -F -P -t -m -h -V"
    elif [ -z "$command" ]; then
        words=$("$program" list-commands 2> /dev/null \
                | sed -n 's/^  \([a-z][^ ]*\).*/\1/p')
    else
        words=$(_ofctl_argument "$program" "$command" "$bridge" "$place")
    fi
    local IFS=$' \n'
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    case ${COMPREPLY[0]} in *=|*:) compopt -o nospace 2> /dev/null ;; esac
}

complete -F _ofctl ofctl ovs-ofctl
