#!/usr/bin/env bash
# Installs coachai with its engine into a folder: what Dockerfile.gpu runs, and what a test runs without Docker.
#
#   deploy/install.sh --into DIR [--extras ray] [--without-cuda] [--python python3.11]
#
# --into DIR       where the environment is made; it must not exist yet
# --extras LIST    extras of pyproject.toml, "ray" by default; "ray,xvector" or "ray,pyannote" bring torch along
# --without-cuda   leave out the CUDA 12 libraries (700 MB): for machines without a GPU
# --python NAME    the Python to build on
set -euo pipefail

into="" extras="ray" cuda="yes" python="python3"
while [ $# -gt 0 ]; do
  case "$1" in
    --into) into="$2"; shift 2 ;;
    --extras) extras="$2"; shift 2 ;;
    --without-cuda) cuda="no"; shift ;;
    --python) python="$2"; shift 2 ;;
    *) echo "install.sh does not know $1" >&2; exit 2 ;;
  esac
done
[ -n "$into" ] || { echo "install.sh needs --into DIR" >&2; exit 2; }
[ ! -e "$into" ] || { echo "$into is there already" >&2; exit 2; }
here="$(cd "$(dirname "$0")" && pwd)"
source="$(dirname "$here")"

"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
  { echo "constraints.txt was resolved for Python 3.11" >&2; exit 3; }
"$python" -m venv "$into"
pip() { "$into/bin/python" -m pip --disable-pip-version-check --no-input "$@"; }

echo "-- pip"
pip install --quiet "pip>=25.1"
echo "-- coachai[$extras]"
pip install --quiet -c "$source/constraints.txt" "${source}[${extras}]"
if [ "$cuda" = yes ]; then
  # CTranslate2 opens libcublas.so.12 when it first meets a GPU; torch from PyPI brings CUDA 13 only.
  # cuDNN is not needed: CTranslate2 has done without it since 4.6.3.
  echo "-- CUDA 12 libraries"
  pip install --quiet -c "$source/constraints.txt" -r "$here/cuda12.txt"
fi

echo "-- checks"
pip check
"$into/bin/coachai" --version
"$into/bin/ray" --version
"$into/bin/python" -c 'import ctranslate2, ray.serve; print("ctranslate2", ctranslate2.__version__)'
if [ "$cuda" = yes ]; then
  # Where the loader looks is fixed when a process starts, so the image sets LD_LIBRARY_PATH before it.
  libraries="$("$into/bin/python" -c 'import nvidia.cublas as c; print(list(c.__path__)[0] + "/lib")')"
  LD_LIBRARY_PATH="$libraries" "$into/bin/python" -c 'import ctypes; ctypes.CDLL("libcublas.so.12")'
  echo "libcublas.so.12 opens from $libraries"
fi

echo "-- licences"
"$into/bin/python" "$here/licences.py" --write "$into/THIRD_PARTY_LICENSES"
