# Writes a version script: awk -f versions.awk Cargo.toml ctests/symbols.txt LIST. LIST is the anonymous
# version script of rustc. A symbol that the register lacks belongs to the release under way.

function node(release) {
    split(release, part, ".")
    return part[1] "." part[2]
}
FNR == 1 { file++ }
file == 1 && /^version = / && now == "" { now = node(substr($3, 2, length($3) - 2)) }
file == 2 && !/^#/ { of[$1] = node($2) }
file == 3 && /^[ \t]*[A-Za-z_][A-Za-z0-9_]*;/ {
    name = $1
    sub(/;.*/, "", name)
    version = name in of ? of[name] : now
    if (!(version in symbols)) versions[++count] = version
    symbols[version] = symbols[version] "        " name ";\n"
}
END {
    if (!count) exit 1
    # A handful of versions: sorted by exchange.
    for (i = 1; i <= count; i++)
        for (j = i + 1; j <= count; j++) {
            split(versions[i], a, "."); split(versions[j], b, ".")
            if (b[1] + 0 < a[1] + 0 || (b[1] + 0 == a[1] + 0 && b[2] + 0 < a[2] + 0)) {
                kept = versions[i]; versions[i] = versions[j]; versions[j] = kept
            }
        }
    for (i = 1; i <= count; i++) {
        printf "LIBSOCK_%s {\n    global:\n%s", versions[i], symbols[versions[i]]
        if (i == 1) printf "    local:\n        *;\n"
        printf i == 1 ? "};\n" : "} LIBSOCK_%s;\n", versions[i - 1]
    }
}
