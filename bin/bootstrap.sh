# Sourced by run and test, with $root set: puts the virtual environment in place.
# Needs nothing but a POSIX system with python3, or with curl and unzip.

UV_VERSION=0.13.8

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Bring .venv to the state of uv.lock; costs a few milliseconds when it is there already.
prepare_environment() {
    state="$root $(cksum <"$root/uv.lock") $(cksum <"$root/pyproject.toml")"
    stamp="$root/.venv/.synced"
    known=$(cat "$stamp" 2>/dev/null || true)
    [ "$known" != "$state" ] || return 0
    case $known in
    '' | "$root "*) ;;
    # A virtual environment has its own path inside, so one that was moved is made again.
    *) rm -rf "$root/.venv" ;;
    esac
    uv=$(command -v uv || fetch_uv) || exit 1
    echo 'Installing what Pricebook needs into .venv ...' >&2
    [ -n "${HOME:-}" ] || export UV_CACHE_DIR="${UV_CACHE_DIR:-$root/.uv/cache}"
    (
        unset VIRTUAL_ENV
        export UV_PROJECT_ENVIRONMENT="$root/.venv"
        # Trust whom this system trusts, as every other program here does.
        export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
        "$uv" sync --project "$root" --locked --quiet --compile-bytecode
    ) || fail 'The installation failed; the lines above say why. ./run tries again.'
    printf '%s' "$state" >"$stamp"
}

# Print the path of the pinned uv in .uv/, after downloading it from PyPI when it is not there.
fetch_uv() {
    program="$root/.uv/uv-$UV_VERSION"
    if [ ! -x "$program" ]; then
        tags=py3-none
        case "$(uname -s)-$(uname -m)" in
        Linux-x86_64)
            place=c5/32/52ee34636aea1ab3f8baeeae1c3599461b8cddfb379862cc72ac61b8d91c
            tags=$tags-manylinux_2_17_x86_64.manylinux2014_x86_64
            sha256=e18a57b8b352eb7c8feb317b9f6f533c8f0ad9673fd6cf34bbe3cf1a9f6a8984
            ;;
        Linux-aarch64)
            place=80/ce/f5eba24d8ec7fa566f9d50d1a69dbf9510137c30366b9f16dbeaf9b9dae4
            tags=$tags-manylinux_2_28_aarch64
            sha256=5337c30bb893b4f9ce0ceb921ba2da0d13f649da644f40ad3bef84083bef0203
            ;;
        Darwin-x86_64)
            place=be/7a/fd8a719c0198f8f8341847fc33b377f25ac79f7c4a56dbce5ceb086f239c
            tags=$tags-macosx_10_12_x86_64
            sha256=b7124ca1956ec2e476a1003ea5715a15f0266afaec37f4dc9c6972ba8183e6d1
            ;;
        Darwin-arm64)
            place=84/46/deb3a1eb3020575e41d1f9840c07185761d8d4c25cd6f58e813afb017476
            tags=$tags-macosx_11_0_arm64
            sha256=62b6943c7fd64fac6854f780bea6e0359e5a5bc3241f83ee357bb38276afac49
            ;;
        *)
            fail "There is no pinned uv for this system. Install uv $UV_VERSION, then try again."
            ;;
        esac
        url="https://files.pythonhosted.org/packages/$place/uv-$UV_VERSION-$tags.whl"
        mkdir -p "$root/.uv"
        echo "Downloading uv $UV_VERSION into .uv ..." >&2
        draft="$program.$$"
        fetch_with_python || fetch_with_curl ||
            fail "uv cannot be downloaded: it takes python3, or curl and unzip, and a way to $url"
        chmod 755 "$draft"
        mv -f "$draft" "$program"
    fi
    echo "$program"
}

# Both get $url, check it against $sha256, and leave the program of that wheel at $draft.
fetch_with_python() {
    command -v python3 >/dev/null || return 1
    python3 - "$url" "$sha256" "$draft" <<'PYTHON'
import hashlib, io, sys, urllib.request, zipfile

url, sha256, draft = sys.argv[1:]
with urllib.request.urlopen(url, timeout=60) as answer:
    wheel = answer.read()
if hashlib.sha256(wheel).hexdigest() != sha256:
    sys.exit(f"{url} is not the file that was expected.")
with zipfile.ZipFile(io.BytesIO(wheel)) as archive, open(draft, "wb") as program:
    (name,) = (name for name in archive.namelist() if name.endswith(".data/scripts/uv"))
    program.write(archive.read(name))
PYTHON
}

fetch_with_curl() {
    command -v curl >/dev/null && command -v unzip >/dev/null || return 1
    curl -fsSL --retry 3 -o "$draft.whl" "$url" || return 1
    found=$(sha256sum "$draft.whl" 2>/dev/null || shasum -a 256 "$draft.whl")
    [ "${found%% *}" = "$sha256" ] || fail "$url is not the file that was expected."
    unzip -p "$draft.whl" '*.data/scripts/uv' >"$draft" && rm -f "$draft.whl"
}
