# SPDX-License-Identifier: Apache-2.0
# Completion for ovsdb-client: options, commands, and the databases, tables
# and columns of the server that the line names.  --help says what commands
# there are and which arguments they take.

# Asks the server ("" for the default one): COMMAND ARGUMENTS...
_ovsdb_client_ask()
{
    local command=$1
    shift
    "$_ovsdb_client_program" --timeout=2 -vconsole:off --bare "$command" \
        ${_ovsdb_client_server:+"$_ovsdb_client_server"} "$@" 2> /dev/null
}

# The arguments of command $1, as --help shows them; of all their names if
# there is no $1.
_ovsdb_client_commands()
{
    "$_ovsdb_client_program" --help 2> /dev/null \
        | sed -n '/^Commands:/,/^$/s/^  \([a-z]\)/\1/p' \
        | if [ -n "$1" ]; then sed -n "s/^$1 //p"; else cut -d' ' -f1; fi
}

# --name= or --name for each option; _-c_ and such are left out.
_ovsdb_client_options()
{
    "$_ovsdb_client_program" --help 2> /dev/null \
        | sed -n '/^Commands:/,/^$/d
                  s/^  \(-[a-zA-Z], \)\{0,1\}\(--[a-z-]*\)\(\[*=\)\{0,1\}.*/\2\3/p' \
        | sed 's/\[=$//'
}

_ovsdb_client_servers()
{
    local socket
    for socket in "${OVS_RUNDIR:-/var/run/openvswitch}"/*.sock; do
        [ -S "$socket" ] && echo "unix:$socket"
    done
    printf '%s\n' unix: tcp: ssl:
}

# Words that may stand for the argument that --help calls $1, where $2... are
# those before it.
_ovsdb_client_argument()
{
    local kind=$1 database=$_ovsdb_client_database
    shift
    case $kind in
    *TABLE*) _ovsdb_client_ask list-tables $database | grep .
        [[ $kind == *ALL* ]] && echo ALL ;;
    *COLUMN*) _ovsdb_client_ask list-columns $database "$1" \
            | sed -n 's/^\([^"{]*\)$/\1/p' | grep . ;;
    *STATE*) printf '%s\n' added connected removed ;;
    *DATABASE*) _ovsdb_client_ask list-dbs ;;
    *SCHEMA*|A|B) compgen -f -- "$_ovsdb_client_cur"
        [ "$kind" = A ] || [ "$kind" = B ] && _ovsdb_client_servers ;;
    esac
}

_ovsdb_client()
{
    local line=${COMP_LINE:0:COMP_POINT} words word
    local _ovsdb_client_program=${COMP_WORDS[0]} _ovsdb_client_cur=
    local _ovsdb_client_server= _ovsdb_client_database=
    local command= args=() found= kinds
    COMPREPLY=()
    read -ra words <<< "$line"
    if [[ $line != *[[:space:]] ]]; then
        _ovsdb_client_cur=${words[${#words[@]} - 1]}
        unset "words[${#words[@]} - 1]"
    fi
    local cur=$_ovsdb_client_cur i

    # What was typed before the cursor.
    for ((i = 1; i < ${#words[@]}; i++)); do
        word=${words[i]}
        case $word in
        -f|--format|-d|--data|-t|--timeout|-p|-c|-C) ((++i)) ;;
        -*) ;;
        *) if [ -z "$command" ]; then command=$word
           else args+=("$word"); fi ;;
        esac
    done

    case ${words[${#words[@]} - 1]}/$cur in
    -f/*|--format/*) found='table list html csv json' ;;
    -d/*|--data/*) found='string bare json' ;;
    -[pcC]/*) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    */--format=*) cur=${cur#*=}; found='table list html csv json' ;;
    */--data=*) cur=${cur#*=}; found='string bare json' ;;
    */--*=*) COMPREPLY=($(compgen -f -- "${cur#*=}")); return ;;
    */-*) found=$(_ovsdb_client_options) ;;
    *)
        if [ -z "$command" ]; then
            found=$(_ovsdb_client_commands)
        else
            read -ra kinds <<< "$(_ovsdb_client_commands "$command")"
            if [ "${kinds[0]}" = '[SERVER]' ]; then
                kinds=("${kinds[@]:1}")
                if [[ ${args[0]} =~ ^[a-z]+: ]]; then
                    _ovsdb_client_server=${args[0]}
                    args=("${args[@]:1}")
                elif [ ${#args[@]} = 0 ]; then
                    found=$(_ovsdb_client_servers)
                fi
            fi
            if [ "${kinds[0]}" = '[DATABASE]' ]; then
                kinds=("${kinds[@]:1}")
                if [ ${#args[@]} = 0 ]; then
                    found+=" $(_ovsdb_client_ask list-dbs)"
                elif _ovsdb_client_ask list-dbs \
                        | grep -qxF -- "${args[0]}"; then
                    _ovsdb_client_database=${args[0]}
                    args=("${args[@]:1}")
                fi
            fi
            i=${#args[@]}
            # The last kind of argument may be given several times.
            ((i >= ${#kinds[@]} && ${#kinds[@]})) \
                && [[ ${kinds[-1]} == *...* || ${kinds[-1]} == ALL ]] \
                && i=$((${#kinds[@]} - 1))
            if [ "${kinds[*]: -2}" = '| ALL' ]; then
                ((i >= 1)) && i=1
                [ $i = 0 ] && found+=' ALL'
            fi
            word=${kinds[i]}
            # CONDITIONS and LAST-ID before a table are not its columns'.
            [[ $word == *COLUMN* ]] && while [ ${#args[@]} -gt 1 ] \
                    && [[ ${args[0]} == *[]\[-]* ]]; do
                args=("${args[@]:1}")
            done
            found+=" $(_ovsdb_client_argument "$word" "${args[@]}")"
        fi ;;
    esac
    if [[ $cur == *,* ]]; then  # Columns in one argument.
        COMPREPLY=($(compgen -P "${cur%,*}," -W "$found" -- "${cur##*,}"))
    else
        COMPREPLY=($(compgen -W "$found" -- "$cur"))
    fi
    # Readline keeps what is before a ':'.
    if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${cur%:*}:"}")
    fi
    [[ ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace 2> /dev/null
    return 0
}

complete -F _ovsdb_client ovsdb-client
