"""What our code does not do: run text, trust weak hashes and chance, build patterns of what somebody typed."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = [path for place in ("referral", "workers") for path in (ROOT / place).rglob("*.py")] + [ROOT / "app.py"]
SCRIPTS = sorted((ROOT / "referral/web/static").glob("*.js"))

RUNS_TEXT = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "render_template_string", "env.from_string",
    "jinja_env.from_string", "builtins.eval", "builtins.exec",
}  # fmt: skip
INTERPRETERS = {
    "ldap", "ldap3", "lxml", "xml", "defusedxml", "memcache", "pymemcache", "pylibmc", "graphql", "graphene",
    "strawberry", "websockets", "flask_sock", "flask_socketio", "markdown", "mistune", "bbcode", "pickle",
    "marshal", "shelve", "dill", "yaml", "jsonpickle", "jwt", "authlib", "saml2", "onelogin", "jks", "ctypes",
    "jpype", "py4j", "jnius",
}  # fmt: skip
CHANCE_IS_NO_SECRET = {"referral/services/deliver.py", "workers/timer.py"}
"""Spread waits; nobody gains anything by guessing them."""
OWN_WORDS = {
    "referral/directory/nppes_lines.py", "referral/directory/open_payments_rows.py", "referral/domain/markers.py",
    "referral/domain/qualifiers.py",
}  # fmt: skip
"""Patterns made of words and codes of ours."""
OWN_SENTENCES = {
    "referral/domain/phrases.py", "referral/web/learn.py", "referral/domain/plain_words.py",
}  # fmt: skip
"""Sentences taken from tables of ours."""
KEEPS_A_CHOICE = {("desk_keys.js", "localStorage"), ("kept.js", "localStorage")}
"""Remembers that single keys are off; the last status, where the patient asks this device to keep it."""
UNSAFE_IN_A_PAGE = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|postMessage|[\"']message[\"']|localStorage|sessionStorage"
    r"|indexedDB|document\.cookie|\beval\(|new Function|__proto__|setTimeout\([\"']|jsonp|<object|<embed",
    re.IGNORECASE,
)


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """Every piece of our code with its file, read once."""
    return [
        (str(path.relative_to(ROOT)), node)
        for path in OURS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call | ast.Import | ast.ImportFrom | ast.Attribute)
    ]


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """Every call of ours: file, what is called, as it is written, and the call."""
    return [(file, _dotted(node.func), node) for file, node in nodes() if isinstance(node, ast.Call)]


def _dotted(called: ast.expr) -> str:
    """`a.b.c`; what is called on something else than names begins with `?`."""
    if isinstance(called, ast.Attribute):
        return f"{_dotted(called.value)}.{called.attr}"
    return called.id if isinstance(called, ast.Name) else "?"


def imports() -> Iterator[tuple[str, str]]:
    for file, node in nodes():
        if isinstance(node, ast.Import):
            yield from ((file, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield file, (node.module or "").split(".")[0]


def test_no_text_is_ever_run_as_a_program_or_a_template() -> None:
    wrong = [f"{file}: {name}" for file, name, _ in calls() if name in RUNS_TEXT or name.endswith(".from_string")]
    assert wrong == []


def test_other_programs_are_started_by_a_list_and_never_by_a_shell() -> None:
    started = [(file, name, call) for file, name, call in calls() if name.startswith("subprocess.")]
    assert len(started) >= 3
    assert [file for file, _, call in started if any(key.arg == "shell" for key in call.keywords)] == []
    assert [file for file, _, call in started if isinstance(call.args[0], ast.Constant | ast.JoinedStr)] == []


def test_an_interpreter_we_do_not_need_is_not_there_to_be_misled() -> None:
    assert [(file, name) for file, name in imports() if name in INTERPRETERS] == []


def test_hashes_that_were_broken_are_not_used() -> None:
    weak = re.compile(r"(^|\.)(md5|sha1|MD5|SHA1|blake2s?_legacy|crypt)$")
    assert [f"{file}: {name}" for file, name, _ in calls() if weak.search(name)] == []
    assert [f"{file}: {name}" for file, name, _ in calls() if name == "hashlib.new"] == []


def test_only_waits_are_chosen_by_chance_that_can_be_guessed() -> None:
    assert {file for file, name in imports() if name == "random"} == CHANCE_IS_NO_SECRET


def test_values_are_encrypted_by_aes_in_gcm_and_scratch_files_in_xts() -> None:
    used = {
        node.attr
        for _, node in nodes()
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in {"modes", "algorithms"}
    }
    assert used == {"AES", "XTS"}
    assert {name for _, name in imports() if name in {"Crypto", "Cryptodome", "nacl", "rsa"}} == set()
    ciphers = {name for _, name, _ in calls() if name in {"AESGCM", "AESCCM", "AESSIV", "ChaCha20Poly1305", "Fernet"}}
    assert ciphers == {"AESGCM"}


def test_a_pattern_is_written_by_us_or_has_its_signs_escaped() -> None:
    made = {
        file
        for file, name, call in calls()
        if re.fullmatch(r"re\.(compile|search|match|fullmatch|sub|split|findall|finditer)", name)
        and isinstance(call.args[0], ast.JoinedStr | ast.BinOp | ast.Call)
        and re.search(r"[a-z_]\(|\{[a-z]", text := ast.unparse(call.args[0]))
        and "re.escape" not in text
    }
    assert made == OWN_WORDS


def test_no_text_with_gaps_comes_from_outside() -> None:
    filled = {
        file
        for file, name, call in calls()
        if name.endswith((".format", ".format_map"))
        and isinstance(call.func, ast.Attribute)
        and not isinstance(call.func.value, ast.Constant)
        and not re.fullmatch(r"_?[A-Z][A-Z_]*(\[.*\])?", ast.unparse(call.func.value))
    }
    assert filled == OWN_SENTENCES


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_writes_text_keeps_nothing_and_listens_to_no_other_page(script: Path) -> None:
    found = UNSAFE_IN_A_PAGE.findall(script.read_text(encoding="utf-8"))
    assert [word for word in found if (script.name, word) not in KEEPS_A_CHOICE] == []


def test_templates_escape_but_for_one_that_is_filled_with_what_was_escaped() -> None:
    unescaped = re.compile(r"\|\s*safe\b|autoescape false|Markup\(")
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        if unescaped.search(path.read_text())
    }
    assert found <= {"templates/components/match.html", "templates/track/_keep.html"}  # the latter an empty tag of ours


def test_text_is_called_safe_by_one_line_of_the_program() -> None:
    unescaped = {
        file
        for file, name, call in calls()
        if name.rpartition(".")[2] == "Markup" and any(not isinstance(given, ast.Constant) for given in call.args)
    }
    assert unescaped == {"referral/web/page_language.py"}  # what translators wrote, with its values escaped


def test_no_secret_lies_in_the_source() -> None:
    secret = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY|whsec_[A-Za-z0-9+/]{32}|\bref_[A-Za-z0-9_-]{43}\b|AKIA[0-9A-Z]{16}"
    )
    assigned = re.compile(
        r"(?i)(secret_key|password|api_key|field_keys)\s*[:=]\s*[\"'](?=[^\"']*\d)[A-Za-z0-9+/_=-]{16,}[\"']"
    )
    files = [*OURS, ROOT / ".env.example", *(ROOT / "templates").rglob("*.html")]
    found = [
        str(path.relative_to(ROOT))
        for path in files
        if secret.search(text := path.read_text()) or assigned.search(text)
    ]
    assert found == []


def test_certificates_are_always_checked() -> None:
    given = {key.arg: ast.unparse(key.value) for _, _, call in calls() for key in call.keywords if key.arg == "verify"}
    assert given == {}
    attributes = {node.attr for _, node in nodes() if isinstance(node, ast.Attribute)}
    assert attributes & {"CERT_NONE", "CERT_OPTIONAL", "_create_unverified_context", "disable_warnings"} == set()
    assert "check_hostname" not in attributes
    assert {name for _, name, _ in calls() if name.endswith("create_default_context")} == {"ssl.create_default_context"}
