# SPDX-License-Identifier: Apache-2.0
# Completion for ovsdb-tool: options, commands, and what each command takes
# next: files, operators, records to go back to.

# The commands, from the program's own list.
_ovsdb_tool_commands()
{
    "$1" --help 2> /dev/null | sed -n 's/^  \([a-z][a-z-]*\).*/\1/p'
}

# Numbers of the last records of a file.
_ovsdb_tool_records()
{
    "$1" show-log "$2" 2> /dev/null \
        | sed -n 's/^record \([0-9]*\):.*/\1/p' | tail -n 50
}

_ovsdb_tool()
{
    local cur=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]}
    local command= first= n=0 i
    COMPREPLY=()

    # What was typed before the cursor: the command, and its arguments.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -*) ;;
        *) if [ -z "$command" ]; then
               command=${COMP_WORDS[i]}
           else
               n=$((n + 1))
               [ $n = 1 ] && first=${COMP_WORDS[i]}
           fi ;;
        esac
    done

    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "-m --more --dry-run --json --rbac-role= -v --verbose \
            --log-file --syslog-method= --syslog-target= -h --help \
            -V --version" -- "$cur"))
    elif [ -z "$command" ]; then
        COMPREPLY=($(compgen -W "$(_ovsdb_tool_commands "$program")" \
            -- "$cur"))
    elif [ "$command" = compare-versions ]; then
        [ $n = 1 ] && COMPREPLY=($(compgen -W "'<' '<=' '==' '>=' '>' '!='" \
            -- "$cur"))
    elif [ "$command" = rollback ] && [ $n = 1 ]; then
        COMPREPLY=($(compgen -W "$(_ovsdb_tool_records "$program" "$first")" \
            -- "$cur"))
    else
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}
complete -o filenames -F _ovsdb_tool ovsdb-tool
