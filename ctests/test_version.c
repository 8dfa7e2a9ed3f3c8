/* Versions: the functions agree with the macros of the header. */
#include "check.h"

#include <stdio.h>

static void test_versions_agree(void)
{
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", SOCK_VERSION_MAJOR, SOCK_VERSION_MINOR, SOCK_VERSION_PATCH);
    CHECK_STR(sock_version(), text);
    CHECK_EQ(sock_version_number(), SOCK_VERSION_NUMBER);
    CHECK_EQ(SOCK_VERSION_NUMBER, SOCK_VERSION_MAJOR * 1000000 + SOCK_VERSION_MINOR * 1000 + SOCK_VERSION_PATCH);
    CHECK_EQ(sock_abi(), SOCK_ABI);
}

static void test_at_least_compares_with_the_header(void)
{
#if !SOCK_AT_LEAST(SOCK_VERSION_MAJOR, SOCK_VERSION_MINOR, SOCK_VERSION_PATCH) || SOCK_AT_LEAST(1000, 0, 0)
    FAIL("SOCK_AT_LEAST in #if");
#endif
    CHECK(SOCK_AT_LEAST(0, 0, 0) && SOCK_AT_LEAST(0, 1, 0));
    CHECK(!SOCK_AT_LEAST(SOCK_VERSION_MAJOR, SOCK_VERSION_MINOR, SOCK_VERSION_PATCH + 1));
    CHECK(!SOCK_AT_LEAST(SOCK_VERSION_MAJOR, SOCK_VERSION_MINOR + 1, 0));
}

TEST_MAIN(test_versions_agree, test_at_least_compares_with_the_header)
