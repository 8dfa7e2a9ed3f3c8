# Removes the nullable annotations of C# 8, which mono's compiler mcs does not know, and nothing else.
# An annotation touches the type (string?), unlike ?: with its space; those of value types (int?) stay.
s/\b(int|uint|long|ulong|byte|bool|double|TimeSpan|DateTime|CancellationToken)\?/\1\x01/g
s/([A-Za-z0-9_>]|\[\])\?([] ,)>;[]|$)/\1\2/g
s/\x01/?/g
# The operator that says "not null".
s/([A-Za-z0-9_)]|\])!([].,;)[])/\1\2/g
