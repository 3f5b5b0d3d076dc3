# Shared by the scripts: where the tree is, and how they speak. Sourced, not run.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
