"""What the shells themselves make of `garage completions`. Of elvish and PowerShell only the text is looked at, in the unit tests."""

import subprocess

import pytest

from server import binary

BASH = r"""
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
_garage
printf '%s\n' "${COMPREPLY[@]}"
"""
# The parts of zsh's completion that need a terminal say what they were given.
ZSH = r"""
compdef() {}; _files() { print files }; _describe() { print -l -- "${(P@)3%%:*}" }
source "$1"; shift
words=("$@"); CURRENT=$#
_garage
"""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return [line.split("\t")[0] for line in done.stdout.splitlines() if line]


@pytest.fixture(scope="module", params=["bash", "fish", "zsh"])
def complete(request, tmp_path_factory):
    shell = request.param
    script = tmp_path_factory.mktemp("completions") / shell
    script.write_text(subprocess.run([binary(), "completions", shell], capture_output=True, text=True, check=True).stdout)

    def words_for(*words):
        if shell == "bash":
            offered = run("bash", "--norc", "-c", BASH, "bash", script, *words)
        elif shell == "zsh":
            offered = run("zsh", "-f", "-c", ZSH, "zsh", script, *words)
        else:
            offered = run("fish", "--no-config", "-c", f"source {script}; complete -C '{' '.join(words)}'")
        return [word for word in offered if word.startswith(words[-1])]

    return words_for


def test_commands_and_groups(complete):
    assert complete("garage", "buc") == ["bucket"]
    assert sorted(complete("garage", "worker", "")) == ["get", "info", "list", "set"]
    assert complete("garage", "-c", "bucket", "worker", "g") == ["get"]
    assert "admin-api-schema" not in complete("garage", "")
    assert complete("garage", "completions", "z") == ["zsh"]


def test_options_behind_what_is_the_users_own(complete):
    assert complete("garage", "layout", "assign", "some-node", "-z", "dc1", "--cap") == ["--capacity"]
    assert "--rpc-secret-file" in complete("garage", "status", "--rpc")


def test_what_an_option_is_given_is_no_command(complete):
    offered = complete("garage", "layout", "assign", "some-node", "--zone", "")
    assert not [word for word in offered if word.startswith("-")]
