#!/usr/bin/env python3
"""The rules of CONTRIBUTING.md that a program can check. No dependency but Python: tests/style_test.py [-v]

Every function named check_* looks at one rule and yields what breaks it as (path, line, what to do instead).
"""

import functools
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]

# The rows of docs/architecture.md from the bottom up. A module may include itself, all that stands in lower rows, and in its
# own row what ARROWS allows. A directory with a CMakeLists.txt of its own is a module; of several names the longest counts.
ROWS = [
    ["base"],
    ["crypto", "crdt"],
    ["codec", "telemetry"],
    ["layout"],
    ["runtime"],
    ["env"],
    ["env/posix", "kv", "net", "http"],
    ["kv/rocksdb", "table", "cluster"],
    ["block"],
    ["model"],
    ["object"],
    ["api"],
    ["s3", "admin", "web", "k2v"],
    ["config", "exporters", "discovery", "admin_http"],
    ["cli"],
    ["daemon"],
]
ARROWS: dict[str, set[str]] = {}
ROW_OF = {module: row for row, modules in enumerate(ROWS) for module in modules}
# Real engines and the real platform are chosen in the program only; everything else works on their interfaces.
ONLY_FOR = {"env/posix": {"daemon"}, "kv/rocksdb": {"daemon"}}

# Heavy headers and the module whose .cpp files may include them.
CUSTOMS_HOUSES = {
    "boost/asio": {"env/posix"}, "boost/beast": {"http"}, "boost/json": {"codec"}, "boost/": set(), "rocksdb/": {"kv/rocksdb"},
    "openssl/": {"crypto", "net"}, "pugixml": {"codec"}, "toml++/": {"config"}, "CLI/": {"cli"}, "zstd": {"block"},
    "xxhash": {"crypto"}, "nghttp2/": {"exporters"}, "argon2": {"crypto"}, "jemalloc/": {"daemon"}, "iostream": set(), "regex": set(), "format": set(), "nlohmann/": set(),
}

# What only the platform may call, with what to use instead.
PLATFORM = {"env/posix", "kv/rocksdb"}
FORBIDDEN_CALLS = {
    r"\b(?:steady_clock|system_clock|high_resolution_clock|clock_gettime|gettimeofday)\b|(?<![\w.>:])time\((?:NULL|nullptr|0)\)":
        "take a runtime::Clock: the simulated world decides what time it is",
    r"\brandom_device\b|\bmt19937|\bdefault_random_engine\b|(?<![\w.>:])s?rand\(|\bgetrandom\b|\barc4random":
        "take a runtime::Random: the seed of a simulation decides every draw",
    r"\bstd::(?:jthread|thread|async)\b|\bpthread_create\b": "run it on a loop or on a pool of env::Env",
    r"\bthis_thread::|(?<![\w.>:])(?:usleep|nanosleep|sleep)\(": "await runtime::sleep, which tests do in virtual time",
    r"(?<![\w.>])::(?:socket|connect|bind|listen|accept4?|send|recv|setsockopt)\(|<sys/socket\.h>": "take an env::Network",
    r"(?<![\w.>])::(?:open|openat|read|write|pread|pwrite|fsync|fdatasync|rename|unlink|mkdir|stat|close)\(|\bfopen\(|"
    r"\bstd::(?:[io]?fstream|filesystem)\b|<fcntl\.h>|<fstream>|<filesystem>": "take an env::Disk",
    r"\bgetenv\(": "let daemon/main.cpp read the environment and hand the value down",
}
# Names that come with a precompiled header (cmake/precompiled), whose include the compiler therefore does not miss.
PRECOMPILED = {
    "fmt/format.h": r"fmt::(?:format|print|join)\w*", "array": r"std::array\b", "atomic": r"std::atomic\b", "charconv": r"std::(?:from|to)_chars\b",
    "coroutine": r"std::coroutine_handle\b", "deque": r"std::deque\b", "expected": r"std::(?:un)?expected\b",
    "functional": r"std::(?:move_only_)?function\b", "map": r"std::(?:multi)?map\b",
    "memory": r"std::(?:unique_ptr|shared_ptr|weak_ptr|make_unique|make_shared)\b", "mutex": r"std::(?:mutex|lock_guard|unique_lock)\b",
    "optional": r"std::(?:optional|nullopt)\b", "set": r"std::(?:multi)?set\b", "span": r"std::span\b", "variant": r"std::variant\b",
    "vector": r"std::vector\b", "algorithm": r"std::(?:ranges::)?(?:sort|find|find_if|any_of|all_of|none_of|count|count_if|reverse|min|max|clamp)\(",
    "chrono": r"std::chrono\b", "string": r"std::(?:string|to_string)\b", "string_view": r"std::string_view\b", "cstring": r"std::mem(?:cpy|cmp|set|move)\b",
    "utility": r"std::(?:exchange|pair)\b", "limits": r"std::numeric_limits\b",
}

# The one loop of tests that real pool threads may post to.
PLATFORM_EXCEPTIONS = {"src/runtime/manual_loop.cpp"}

LEFTOVERS = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
FORMATTER = "clang-format-19"
LINES_MAX = 500
README_LINES = range(5, 46)  # one screen
SKIPPED = {"build", "run", ".git", "node_modules", "__pycache__", ".cache", ".pytest_cache"}
TEXT_SUFFIXES = {".cpp", ".hpp", ".py", ".sh", ".md", ".txt", ".cmake", ".cjs", ".toml", ".json", ".yml", ".lua", ""}


@functools.cache
def files() -> list[pathlib.Path]:
    def walk(directory: pathlib.Path):
        for path in sorted(directory.iterdir()):
            if path.is_symlink() or path.name in SKIPPED:
                continue
            if path.is_dir():
                yield from walk(path)
            elif path.suffix in TEXT_SUFFIXES:
                yield path

    return list(walk(ROOT))


@functools.cache
def lines_of(path: pathlib.Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except UnicodeDecodeError:
        return []  # golden bytes


def name_of(path: pathlib.Path) -> str:
    return str(path.relative_to(ROOT))


def sources() -> list[pathlib.Path]:
    return [path for path in files() if path.suffix in (".cpp", ".hpp") and name_of(path).startswith(("src/", "bench/"))]


def is_product(path: pathlib.Path) -> bool:
    """Code that ends up in the program; not tests, fuzzers, measurements, their helpers and the simulated world."""
    name = name_of(path)
    return (name.startswith("src/") and not name.startswith("src/sim/") and "/testing/" not in name and "/bench/" not in name
            and not re.search(r"(?:_test|_fuzz|_bench|_tool|_conformance|_fixture|_model|^testing)\.[ch]pp$", name)
            and path.name != "testing.hpp")


@functools.cache
def modules() -> list[str]:
    found = [name_of(path.parent).removeprefix("src/") for path in files()
             if path.name == "CMakeLists.txt" and name_of(path).startswith("src/")]
    return sorted(found, key=len, reverse=True)


def module_of(name: str) -> str | None:
    """The module of a path below src/, or of what stands in an #include."""
    return next((module for module in modules() if name.startswith(module + "/")), None)


def code_of(line: str) -> str:
    """Without comments and without what stands in quotes."""
    return re.sub(r"//.*", "", re.sub(r'"(?:[^"\\]|\\.)*"', '""', line))


def includes_of(path: pathlib.Path):
    for number, line in enumerate(lines_of(path), 1):
        if found := re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line):
            yield number, found[1] == "<", found[2]


def is_header_of(library: str, name: str) -> bool:
    """Is <name> a header of a library as CUSTOMS_HOUSES writes it: a folder, or the stem of one file?"""
    return name.startswith(library) if "/" in library else name in (library, f"{library}.h", f"{library}.hpp")


def check_heavy_includes_stay_in_their_house():
    for path in sources():
        module = module_of(name_of(path).removeprefix("src/"))
        if not is_product(path):
            continue
        for number, is_system, name in includes_of(path):
            header = next((one for one in CUSTOMS_HOUSES if is_system and is_header_of(one, name)), None)
            if header is None:
                continue
            houses = CUSTOMS_HOUSES[header]
            if module not in houses:
                where = f"only {' and '.join(sorted(houses))} may" if houses else "no module does"
                yield path, number, f"<{name}> is included, {where}: use what our own headers offer"
            elif path.suffix == ".hpp" and not (header == "boost/asio" and module == "env/posix"):
                yield path, number, f"<{name}> is heavy: include it in a .cpp and keep it out of the header"


def check_only_the_platform_touches_the_machine():
    for path in sources():
        module = module_of(name_of(path).removeprefix("src/"))
        if not is_product(path) or module in PLATFORM or name_of(path) in PLATFORM_EXCEPTIONS:
            continue
        for number, line in enumerate(lines_of(path), 1):
            for call, instead in FORBIDDEN_CALLS.items():
                if found := re.search(call, code_of(line)):
                    yield path, number, f"{found[0]} belongs into src/env/posix; {instead}"


def check_every_module_has_a_readme():
    for module in modules():
        directory = ROOT / "src" / module
        readme = directory / "README.md"
        if not readme.exists():
            yield directory, 0, "has no README.md: say in 5 to 30 lines what it is for, its main nouns, and where to start"
        elif len(lines_of(readme)) not in README_LINES:
            yield readme, 0, f"has {len(lines_of(readme))} lines: a reader wants more than a word and less than a screen"


def check_no_file_is_dead():
    lists = {path.parent: "\n".join(lines_of(path)) for path in files() if path.name == "CMakeLists.txt"}
    included = {name for path in sources() for _, is_system, name in includes_of(path) if not is_system}
    for path in sources():
        if path.suffix == ".cpp":
            owner = next(parent for parent in path.parents if parent in lists)
            if not re.search(rf"(?<![\w/]){re.escape(str(path.relative_to(owner)))}\b", lists[owner]):
                yield path, 0, f"is built by nobody: list it in {name_of(owner / 'CMakeLists.txt')}, or delete it"
        elif name_of(path).removeprefix("src/") not in included:
            yield path, 0, "is included by nobody: delete it"


def check_no_notes_are_left_behind():
    pattern = re.compile(r"\b(?:" + "|".join(LEFTOVERS) + r")\b")
    for path in files():
        for number, line in enumerate(lines_of(path), 1):
            if found := pattern.search(line):
                yield path, number, f"{found[0]}: do it now, or write it into docs/roadmap.md"


def check_files_are_short():
    for path in files():
        if path.suffix in (".cpp", ".hpp", ".py", ".sh", ".cmake", ".cjs") and len(lines_of(path)) > LINES_MAX:
            yield path, len(lines_of(path)), f"has more than {LINES_MAX} lines: there is a second noun in it, give it a file"


def check_includes_go_down():
    for path in sources():
        own = module_of(name_of(path).removeprefix("src/"))
        if not is_product(path) or own is None:
            continue
        if own not in ROW_OF:
            yield path, 0, f"the module {own} stands in no row: add it to ROWS here and to docs/architecture.md"
            continue
        for number, is_system, name in includes_of(path):
            other = module_of(name)
            if is_system or other is None or other == own:
                continue
            if other == "sim":
                yield path, number, "sim is seen by nothing but tests: move what is needed to a lower module"
            elif other in ONLY_FOR and own not in ONLY_FOR[other]:
                interface = other.split("/")[0]
                yield path, number, f"{other} is chosen by {' and '.join(ONLY_FOR[other])} only: use {interface} itself"
            elif ROW_OF[other] >= ROW_OF[own] and other not in ARROWS.get(own, ()):
                yield path, number, (f"{own} may not include {other}, which stands above or beside it: "
                                     "move the code up, or the noun down")


def check_includes_are_whole_paths():
    for path in sources():
        for number, is_system, name in includes_of(path):
            if not is_system and not (ROOT / "src" / name).exists():
                yield path, number, f'"{name}" is not a path below src/: write the whole path, <...> for libraries'


@functools.cache
def seen_by(path: pathlib.Path) -> frozenset[str]:
    """Headers of libraries that a file includes, itself or through the project's own."""
    seen = set()
    for _, is_system, name in includes_of(path):
        if is_system:
            seen.add(name)
        elif (ROOT / "src" / name).exists():
            seen |= seen_by(ROOT / "src" / name)
    return frozenset(seen)


def check_precompiled_headers_are_included():
    for path in sources():
        for header, names in PRECOMPILED.items():
            if header in seen_by(path):
                continue
            for number, line in enumerate(lines_of(path), 1):
                in_macro = line.endswith("\\")  # where it is used, it is included
                if (found := re.search(names, code_of(line))) and not in_macro:
                    yield path, number, f"{found[0]} comes from <{header}>, which is not included: builds without precompiled headers miss it"
                    break


def check_headers_open_with_their_story():
    for path in sources():
        if path.suffix != ".hpp":
            continue
        lines = lines_of(path)
        if not lines or not lines[0].startswith("//"):
            yield path, 1, "opens without a story: say first what this is and what it promises"
        if "#pragma once" not in lines:
            yield path, 1, "has no #pragma once"


def check_namespaces_are_modules():
    for path in sources():
        name = name_of(path)
        if not name.startswith("src/") or not is_product(path):
            continue
        module = module_of(name.removeprefix("src/"))
        opened = [found[1] for line in lines_of(path) if (found := re.match(r"namespace (garage[\w:]*) \{", line))]
        expected = "garage" if module == "base" else "garage::" + (module or "").split("/")[0]
        for one in opened:
            if one != "garage" and one != expected and not one.startswith(expected + "::"):
                yield path, 0, f"opens namespace {one}, but stands in {module}: one folder, one namespace"


def check_exceptions_stop_at_the_customs_house():
    houses = set().union(*CUSTOMS_HOUSES.values()) | PLATFORM
    for path in sources():
        if not is_product(path) or module_of(name_of(path).removeprefix("src/")) in houses:
            continue
        for number, line in enumerate(lines_of(path), 1):
            if found := re.search(r"\bcatch \(|\bthrow\b", code_of(line)):
                yield path, number, f"{found[0]}: failures are a Result; an exception ends in the .cpp that calls its library"


def check_code_is_formatted():
    run = subprocess.run([FORMATTER, "--dry-run", *map(str, sources())], cwd=ROOT, capture_output=True, text=True, check=True)
    for found in re.finditer(r"^(\S+?):(\d+):\d+: warning: code should be clang-formatted", run.stderr, re.MULTILINE):
        yield ROOT / found[1], int(found[2]), f"is not formatted: {FORMATTER} -i"


def check_names_of_files():
    for path in sources():
        if not re.fullmatch(r"[a-z0-9_]+\.(?:cpp|hpp)", path.name):
            yield path, 0, "is not snake_case"


def check_no_machine_is_mentioned():
    pattern = re.compile(r"(?<![\w./])/(?:work|root|home/\w+|Users)/")
    for path in files():
        for number, line in enumerate(lines_of(path), 1):
            if path != pathlib.Path(__file__).resolve() and (found := pattern.search(line)):
                yield path, number, f"{found[0]} is a place on somebody's machine: name it relative to the checkout"


def check_lines_end_cleanly():
    for path in files():
        if path.suffix in (".json", ".lock"):
            continue
        for number, line in enumerate(lines_of(path), 1):
            if line != line.rstrip() and path.suffix != ".md":
                yield path, number, "has blanks at its end"
            if "\t" in line and path.suffix in (".cpp", ".hpp", ".py"):
                yield path, number, "has a tab: indent with spaces, write \\t in text"


def main() -> int:
    checks = {name.removeprefix("check_").replace("_", " "): check for name, check in globals().items()
              if name.startswith("check_")}
    failed = 0
    for name, check in checks.items():
        problems = list(dict.fromkeys(check()))
        failed += bool(problems)
        if problems or "-v" in sys.argv:
            print(f"{'FAILED' if problems else 'ok'}: {name}")
        for path, line, what in problems:
            print(f"  {name_of(path)}:{line}: {what}" if line else f"  {name_of(path)}: {what}")
    print(f"style: {len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
