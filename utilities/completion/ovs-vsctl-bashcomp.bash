# SPDX-License-Identifier: Apache-2.0
# Completion for vsctl and ovs-vsctl: options, commands, and the names that
# the running database knows.
#
# The program itself tells what there is: --commands has one line for each
# command, "OPTIONS,NAME,ARGUMENTS", where '!' begins an argument that must be
# there, '?' one that may, '+' and '*' the same several times; --tables has one
# line for each table with its columns.

# Asks the program, with the database that the line names.
_vsctl_ask()
{
    "$_vsctl_program" --timeout=2 --no-wait --no-syslog \
        ${_vsctl_db:+"$_vsctl_db"} "$@" 2> /dev/null
}

# The full name of a table, or of a column of table $2, of which $1 is typed:
# case, '-' and '_' do not matter, a beginning does if it is the only one.
_vsctl_full_name()
{
    local typed=${1//-/_} names name found=
    typed=${typed,,}
    names=$("$_vsctl_program" --tables 2> /dev/null)
    if [ $# = 1 ]; then
        names=$(cut -d' ' -f1 <<< "$names")
    else
        names=$(sed -n "s/^$2 //p" <<< "$names")
    fi
    for name in $names; do
        if [ "${name,,}" = "$typed" ]; then
            found=$name
            break
        elif [[ ${name,,} == "$typed"* ]]; then
            found=${found:+several}
            found=${found:-$name}
        fi
    done
    [ "$found" != several ] && echo "$found"
}

_vsctl_columns()
{
    "$_vsctl_program" --tables 2> /dev/null | sed -n "s/^$1 //p"
}

# Network devices of this machine.
_vsctl_devices()
{
    local device
    for device in /sys/class/net/*; do
        [ -e "$device" ] && echo "${device##*/}"
    done
}

# Ports of bridge $1, or all but those that bridges have for themselves.
_vsctl_ports()
{
    if [ -n "$1" ]; then
        _vsctl_ask list-ports "$1"
    else
        _vsctl_ask --bare --columns=name list Port \
            | grep -vxF -f <(_vsctl_ask list-br)
    fi
}

_vsctl_ifaces()
{
    _vsctl_ask --bare --columns=name list Interface
}

# What names the records of table $1.
_vsctl_records()
{
    case $1 in
    Open_vSwitch|SSL) echo . ;;
    Bridge|Port|Interface|Mirror|Flow_Table)
        _vsctl_ask --bare --columns=name list "$1" ;;
    Manager) _vsctl_ask --bare --columns=target list "$1" ;;
    Flow_Sample_Collector_Set) _vsctl_ask --bare --columns=id list "$1" ;;
    QoS) _vsctl_ask --bare --columns=name find Port 'qos!=[]' ;;
    Controller|NetFlow|sFlow|IPFIX|AutoAttach)
        _vsctl_ask --bare --columns=name list Bridge ;;
    esac
    _vsctl_ask --bare --columns=_uuid list "$1"
}

# Keys of the map in column $3 of record $2 of table $1.
_vsctl_keys()
{
    _vsctl_ask --if-exists get "$1" "$2" "$3" \
        | grep -o '[{ ]\("[^"]*"\|[^ ,={}]*\)=' | tr -d '{ ="'
}

# Words for an argument column[:key][=value]; $1 is the kind, the rest the
# table and the record.  The kinds with '=' go on after the name.
_vsctl_column_words()
{
    local kind=$1 table=$2 record=$3 column
    if [[ $_vsctl_cur == *=* || -z $table ]]; then
        return
    fi
    if [[ $_vsctl_cur == *:* && $kind == *:KEY* ]]; then
        column=$(_vsctl_full_name "${_vsctl_cur%%:*}" "$table")
        [ -n "$column" ] && [ -n "$record" ] \
            && _vsctl_keys "$table" "$record" "$column" \
            | sed "s/^/${_vsctl_cur%%:*}:/$([[ $kind == *=* ]] && echo ';s/$/=/')"
        return
    fi
    if [[ $kind == *=* ]]; then
        printf '%s=\n' $(_vsctl_columns "$table")
    else
        _vsctl_columns "$table"
    fi
}

# Words for an argument of kind $1 of command $2; the rest are the arguments
# before it.
_vsctl_words()
{
    local kind=$1 command=$2 table=
    shift 2
    case $command in
    add-port|add-bond) table=Port ;;
    *) [ $# -gt 0 ] && table=$(_vsctl_full_name "$1") ;;
    esac
    case $kind in
    BRIDGE) _vsctl_ask list-br ;;
    PARENT) _vsctl_ask --real list-br ;;
    PORT) _vsctl_ports "" ;;
    'PORT|IFACE') _vsctl_ports "$1"
        [[ " $_vsctl_options " == *' --with-iface '* ]] && _vsctl_ifaces ;;
    NEW-PORT) _vsctl_devices ;;
    BOND) _vsctl_ports "" ;;
    IFACE) case $command in
        add-bond|add-bond-iface) _vsctl_devices ;;
        *) _vsctl_ifaces ;;
        esac ;;
    TABLE) "$_vsctl_program" --tables 2> /dev/null | cut -d' ' -f1 ;;
    RECORD) [ -n "$table" ] && _vsctl_records "$table" ;;
    COLUMN*) case $command in
        add-port|add-bond) _vsctl_column_words "$kind" Port "" ;;
        find|create) _vsctl_column_words "$kind" "$table" "" ;;
        *) _vsctl_column_words "$kind" "$table" "$2" ;;
        esac ;;
    'KEY|VALUE'*) local column
        column=$(_vsctl_full_name "$3" "$table")
        [ -n "$column" ] && _vsctl_keys "$table" "$2" "$column" ;;
    KEY) _vsctl_ask br-get-external-id "$1" | cut -d= -f1 ;;
    MODE) printf '%s\n' standalone secure ;;
    TARGET) printf '%s\n' tcp: ssl: unix: ptcp: pssl: punix: ;;
    DATAPATH) _vsctl_keys Open_vSwitch . datapaths ;;
    zone=ID) echo zone= ;;
    PRIVATE-KEY|CERTIFICATE|CA-CERT) compgen -f -- "$_vsctl_cur" ;;
    esac
}

# The kinds that argument number $2 may have by the specification $1.
_vsctl_kinds()
{
    local -a specs=($1)
    local -A states=([0]=1) next
    local i s
    for ((i = 0; i <= $2; i++)); do
        # What may be left out opens the way to the next.
        for ((s = 0; s < ${#specs[@]}; s++)); do
            [[ -n ${states[$s]} && ${specs[s]} == [?*]* ]] \
                && states[$((s + 1))]=1
        done
        [ "$i" = "$2" ] && break
        next=()
        for s in "${!states[@]}"; do
            case ${specs[s]} in
            [?!]*) next[$((s + 1))]=1 ;;
            [+*]*) next[$s]=1; next[$((s + 1))]=1 ;;
            esac
        done
        states=()
        for s in "${!next[@]}"; do
            states[$s]=1
        done
    done
    for s in "${!states[@]}"; do
        [ -n "${specs[s]}" ] && echo "${specs[s]:1}"
    done
}

# Words for the value of global option $1.
_vsctl_option_values()
{
    case $1 in
    -f|--format) printf '%s\n' list table html csv json ;;
    -d|--data) printf '%s\n' string bare json ;;
    --db) printf '%s\n' unix: tcp: ssl: punix: ptcp: pssl: ;;
    --syslog-method) printf '%s\n' libc unix: udp: null ;;
    -p|-c|-C|--private-key|--certificate|--ca-cert|--log-file|*-ca-cert)
        compgen -f -- "${_vsctl_cur#*=}" ;;
    esac
}

# Does global option $1 take the next word as its value?
_vsctl_takes_word()
{
    case $1 in
    *=*) return 1 ;;
    --verbose|-v|--log-file) return 1 ;;
    --*) "$_vsctl_program" --options 2> /dev/null | grep -qx -- "$1=ARG" ;;
    -?) "$_vsctl_program" --options 2> /dev/null | grep -qx -- "$1 ARG" ;;
    *) return 1 ;;
    esac
}

# All that may stand at the cursor, one a line.
_vsctl_candidates()
{
    local commands first=1 command= word value_of= line name
    local -a args=()
    commands=$("$_vsctl_program" --commands 2> /dev/null)
    for word in "$@"; do
        if [ -n "$value_of" ]; then
            [ "$value_of" = --db ] && _vsctl_db=--db=$word
            value_of=
        elif [ "$word" = -- ]; then
            first= command= _vsctl_options=
            args=()
        elif [ -n "$command" ]; then
            args+=("$word")
        elif [[ $word == -* ]]; then
            [[ $word == --db=* ]] && _vsctl_db=$word
            _vsctl_options+=" $word"
            _vsctl_takes_word "$word" && value_of=$word
        else
            command=$word
        fi
    done
    if [ -n "$value_of" ]; then
        _vsctl_option_values "$value_of"
    elif [ -n "$command" ]; then
        [[ $_vsctl_cur == -* ]] && echo --
        line=$(sed -n "s/^[^,]*,$command,//p" <<< "$commands")
        _vsctl_kinds "$line" ${#args[@]} | while read -r name; do
            _vsctl_words "$name" "$command" "${args[@]}"
        done
    elif [[ $_vsctl_cur == --*=* ]]; then
        _vsctl_option_values "${_vsctl_cur%%=*}" \
            | sed "s|^|${_vsctl_cur%%=*}=|"
    elif [[ $_vsctl_cur == -* ]]; then
        echo --
        [ -n "$first" ] && "$_vsctl_program" --options 2> /dev/null \
            | sed 's/ ARG$//; s/ARG$//'
        cut -d, -f1 <<< "$commands" | tr -d '[]' | tr ' ' '\n' | sort -u
    else
        cut -d, -f2 <<< "$commands"
    fi
}

# Those of the candidates that begin with what was typed; else those that do
# but for case, '-' and '_', which names of tables and columns are free in.
_vsctl_matching()
{
    local word typed=${_vsctl_cur//-/_} loose=()
    typed=${typed,,}
    while read -r word; do
        if [ -z "$word" ]; then
            continue
        elif [[ $word == "$_vsctl_cur"* ]]; then
            echo "$word"
            loose=(none)
        elif [[ ${loose[0]} != none ]]; then
            loose+=("$word")
        fi
    done
    [ "${loose[0]}" = none ] && return
    for word in "${loose[@]}"; do
        local plain=${word//-/_}
        [[ ${plain,,} == "$typed"* ]] && echo "$word"
    done
}

_vsctl()
{
    local _vsctl_program=${COMP_WORDS[0]} _vsctl_db= _vsctl_options=
    local _vsctl_cur= line=${COMP_LINE:0:COMP_POINT} prefix i
    local -a words
    # The shell ends words at '=' and ':' too; here only spaces do.
    read -ra words <<< "$line"
    if [[ $line == *[[:space:]] ]]; then
        words+=('')
    fi
    _vsctl_cur=${words[-1]}
    mapfile -t COMPREPLY < <(_vsctl_candidates \
        "${words[@]:1:${#words[@]}-2}" | tr ' ' '\n' | _vsctl_matching)
    # The shell replaces only what is behind the last '=' or ':'.
    prefix=${_vsctl_cur%"${_vsctl_cur##*[=:]}"}
    for i in "${!COMPREPLY[@]}"; do
        COMPREPLY[i]=${COMPREPLY[i]#"$prefix"}
    done
    if [[ ${#COMPREPLY[@]} = 1 && ${COMPREPLY[0]} == *[=:] ]]; then
        compopt -o nospace 2> /dev/null
    fi
    return 0
}

complete -F _vsctl vsctl ovs-vsctl
