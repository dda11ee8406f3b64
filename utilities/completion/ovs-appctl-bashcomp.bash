# SPDX-License-Identifier: Apache-2.0
# Completion for appctl and ovs-appctl: options, targets that run now, and
# the commands that the target knows, with the shape of their arguments.

_appctl_rundir()
{
    local dir
    for dir in "$OVS_RUNDIR" /var/run/openvswitch /var/run/weir; do
        [ -n "$dir" ] && [ -d "$dir" ] && { echo "$dir"; return; }
    done
}

# Names of daemons whose pidfile's process lives.
_appctl_targets()
{
    local dir pidfile pid
    dir=$(_appctl_rundir)
    for pidfile in "$dir"/*.pid; do
        [ -f "$pidfile" ] || continue
        read -r pid < "$pidfile"
        [ -d "/proc/$pid" ] && basename "$pidfile" .pid
    done
}

# The target's commands, one a line, as "NAME ARGUMENTS".
_appctl_commands()
{
    local program=$1 target=$2
    if [ -n "$target" ]; then
        "$program" -T 2 -t "$target" list-commands 2> /dev/null
    else
        "$program" -T 2 list-commands 2> /dev/null
    fi | sed -n 's/^  *//p'
}

_appctl()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local program=${COMP_WORDS[0]} target= command= i word
    COMPREPLY=()

    # What was typed before the cursor.
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        -t|--target) target=${COMP_WORDS[++i]}
            [ "$target" = = ] && target=${COMP_WORDS[++i]} ;;
        -T|--timeout|-f|--format) [ "${COMP_WORDS[++i]}" = = ] && ((++i)) ;;
        -*|=) ;;
        *) command=$word; break ;;
        esac
    done

    if [ -z "$command" ] && { [ "$prev" = -t ] || [ "$prev" = --target ] \
            || [ "$prev" = = ]; }; then
        COMPREPLY=($(compgen -W "$(_appctl_targets)" -- "${cur#=}"))
    elif [ -z "$command" ] && [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "-t --target= -T --timeout= -f --format= \
            --pretty -h --help -V --version" -- "$cur"))
    elif [ -z "$command" ]; then
        COMPREPLY=($(compgen -W "$(_appctl_commands "$program" "$target" \
            | cut -d' ' -f1)" -- "$cur"))
    elif [ -z "$cur" ] && [ "${COMP_TYPE:-0}" = 63 ]; then
        # A second Tab shows the arguments that the command takes.
        printf '\n%s\n' "$(_appctl_commands "$program" "$target" \
            | grep -F -- "$command ")" >&2
    fi
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}

complete -F _appctl appctl ovs-appctl
