// Runs all tests, or those whose names are given. Prints PASS, FAIL and SKIP lines, and the totals.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#include <cstdio>
#include <cstring>

#include "check.hpp"

static bool chosen(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (std::strcmp(name, argv[i]) == 0)
            return true;
    return argc == 1;
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0, skipped = 0;
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    for (const check::test &test : check::tests()) {
        if (!chosen(test.name, argc, argv))
            continue;
        try {
            test.run();
            std::printf("PASS  %s\n", test.name);
            passed++;
        } catch (const check::skipped &why) {
            std::printf("SKIP  %s: %s\n", test.name, why.what());
            skipped++;
        } catch (const std::exception &why) {
            std::printf("FAIL  %s: %s\n", test.name, why.what());
            failed++;
        }
    }
    std::printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed != 0 || passed == 0;
}
