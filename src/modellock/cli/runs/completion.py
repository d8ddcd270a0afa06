"""`modellock completion SHELL`: scripts that ask `modellock __complete` at every key."""

from modellock.cli.answer import Answer
from modellock.cli.commands import SHELLS
from modellock.cli.invocation import Invocation
from modellock.errors import UsageError
from modellock.values.wording import did_you_mean

SCRIPTS = {
    "bash": """\
# bash completion of modellock: source this file, or save it where bash-completion looks.
_modellock() {
    local candidate quoted
    COMPREPLY=()
    while IFS= read -r candidate; do
        printf -v quoted '%q' "${candidate%%$'\\t'*}"
        COMPREPLY+=("$quoted")
    done < <("$1" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _modellock modellock
""",
    "zsh": """\
#compdef modellock
# zsh completion of modellock: save it as _modellock in a directory of fpath, or source it.
_modellock() {
    local line
    local -a candidates
    while IFS= read -r line; do
        candidates+=("${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}")
    done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( ${#candidates} )); then
        _describe -V modellock candidates
    else
        _files
    fi
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    _modellock "$@"
else
    compdef _modellock modellock
fi
""",
    "fish": """\
# fish completion of modellock: save it as ~/.config/fish/completions/modellock.fish
function __modellock_candidates
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    modellock __complete -- $words[2..] "$current" 2>/dev/null
end
complete --command modellock --no-files --arguments '(__modellock_candidates)'
complete --command modellock --condition 'test -z "$(__modellock_candidates)"' --force-files
""",
}


def run(invocation: Invocation) -> Answer:
    """Answer with a script. Raises UsageError for a shell that has none."""
    shell = invocation.arguments[0]
    if shell not in SCRIPTS:
        known = ", ".join(f"`{name}`" for name in SHELLS)
        raise UsageError(f"{shell!r} is none of {known}", hint=did_you_mean(shell, SHELLS))
    return Answer(
        {"shell": shell, "script": SCRIPTS[shell]}, SCRIPTS[shell].rstrip("\n"), data=True
    )
