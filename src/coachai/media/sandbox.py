"""The walls around the second process: bubblewrap, where the machine has it and it works.

Inside there is no network, no other process, nothing that can be written, and of all files only what Python
needs to import. The recording and the output come in as open descriptors.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from coachai.media.refusals import lacking

SETTING = "COACHAI_SANDBOX"
"""The environment variable by which an institution insists on the walls."""

WISHES = ("auto", "require", "off")
"""`auto`: walls where they work. `require`: refuse recordings where they do not. `off`: none."""

_IMPORTED = ("coachai", "av", "numpy")
_SYSTEM = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/nix/store", "/gnu/store")
_LINKER = "/etc/ld.so.cache"


def wish() -> str:
    """One of WISHES, as the environment says; raises EnvironmentLacks (WRONG_SANDBOX)."""
    said = os.environ.get(SETTING, "").strip().lower() or WISHES[0]
    if said not in WISHES:
        raise lacking("WRONG_SANDBOX", said=said)
    return said


def ways() -> list[list[str]]:
    """What to write before the child's command, the best way first; an empty list is no walls.

    A way may turn out not to work: the kernel may not let this user have namespaces of their own. Raises
    EnvironmentLacks (WRONG_SANDBOX, NO_SANDBOX).
    """
    asked = wish()
    built = [] if asked == "off" else walls()
    if asked == "require" and not built:
        raise lacking("NO_SANDBOX")
    return [built] if asked == "require" else [built, []] if built else [[]]


def walls() -> list[str]:
    """The bubblewrap command that a child's command is written behind; empty without bubblewrap."""
    program = shutil.which("bwrap") if sys.platform == "linux" else None
    if program is None:
        return []
    shown = [each for path in _needed() for each in ("--ro-bind-try", path, path)]
    return [
        *(program, "--unshare-all", "--as-pid-1", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *shown,
        *("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
        "--",
    ]


def python(task: str) -> list[str]:
    """The command of a child for `task`: the bare interpreter, shown where its few packages stand.

    Not the environment's own `python`: that one wants to read more of the disk than it needs.
    """
    begin = "import sys; sys.path += sys.argv[2:]; from coachai.media.child import main; sys.exit(main())"
    return [_interpreter(), "-I", "-S", "-B", "-X", "utf8", "-c", begin, task, *packages()]


def packages() -> list[str]:
    """The folders in which the packages stand that a child imports."""
    return list(dict.fromkeys(str(_home(each).parent) for each in _IMPORTED))


def _needed() -> list[str]:
    libraries = [path for path in packages() if path != str(_home("coachai").parent)]
    own = str(_home("coachai"))
    interpreter = [_interpreter(), os.path.join(sys.base_prefix, "lib"), sysconfig.get_path("stdlib")]
    return list(dict.fromkeys([*_SYSTEM, _LINKER, *interpreter, *libraries, own]))


def _interpreter() -> str:
    # A Windows environment's python is a small program of its own, which must stay where it is.
    return sys.executable if sys.platform == "win32" else os.path.realpath(sys.executable)


def _home(package: str) -> Path:
    """The folder of a package, found without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise lacking("NO_CHILD")
    return Path(os.path.realpath(next(iter(spec.submodule_search_locations))))
