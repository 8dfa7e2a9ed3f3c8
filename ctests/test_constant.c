/* Constants by name: the table compared with the system headers, and its functions. */
#include "constant_headers.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

struct known {
    const char *name;
    int64_t value;
};

/* Values from the installed headers. */
static const struct known headers[] = {
#define C(name) {#name, (int64_t)(name)},
#include "generated/constant_names.h"
#undef C
    {NULL, 0},
};

/* Values copied from sources that may not be installed. */
#define E(name, value) {#name, value},
static const struct known values[] = {
#include "constant_values.h"
    {NULL, 0},
};
#undef E

static const char *const elsewhere[] = {"AF_LINK",  "AF_SYSTEM",   "AF_HYPERV",    "AF_DIVERT",  "SIO_RCVALL",
                                        "RCVALL_ON", "SO_NOSIGPIPE", "EAI_BADHINTS", "LOCAL_CREDS"};

static const struct known *known(const struct known *list, const char *name)
{
    for (; list->name; list++)
        if (strcmp(list->name, name) == 0)
            return list;
    return NULL;
}

/* Compares a list with the table and prints every difference; returns their number. */
static int differences(const struct known *list, const char *source)
{
    int count = 0;
    for (; list->name; list++) {
        int64_t value = 0;
        int result = sock_constant_find(list->name, &value);
        if (result == 0 && value == list->value)
            continue;
        count++;
        printf("# %s: %lld in the table (result %d), %lld in %s\n", list->name, (long long)value, result,
               (long long)list->value, source);
    }
    return count;
}

static void test_numbers_match_the_headers(void)
{
    CHECK_EQ(differences(headers, "the headers"), 0);
    CHECK_EQ(differences(values, "constant_values.h"), 0);
}

static void test_every_number_is_compared(void)
{
    int in_headers = 0, in_values = 0, unchecked = 0;
    for (int64_t i = 0; i < sock_constant_count(); i++) {
        const char *name;
        int64_t value;
        if (CHECK_OK(sock_constant_at(i, &name, &value)) == 1)
            continue; /* a string */
        if (known(headers, name))
            in_headers++;
        else if (known(values, name))
            in_values++;
        else if (++unchecked)
            printf("# not checked, in no header here: %s\n", name);
        /* sock.h declares all of libsock's own. */
        if (strcmp(sock_constant_group(i), "libsock") == 0)
            CHECK(known(headers, name));
    }
    printf("# %d compared with headers, %d with values alone, %d not at all\n", in_headers, in_values, unchecked);
    /* Old headers lack many, but if only a few are found, the headers are missing. */
    CHECK_GT(in_headers, sock_constant_count() * 2 / 3);
    CHECK_GT(in_headers + in_values, sock_constant_count() * 9 / 10);
}

static void test_table_is_sorted_and_consistent(void)
{
    const char *before = "";
    for (int64_t i = 0; i < sock_constant_count(); i++) {
        const char *name = NULL, *again = NULL;
        int64_t value = -1, same = -2;
        int kind = sock_constant_at(i, &name, &value);
        CHECK(kind == 0 || kind == 1);
        CHECK(strcmp(before, name) < 0);
        CHECK_EQ(sock_constant_find(name, &same), kind);
        CHECK_EQ(same, value);
        CHECK(sock_constant_group(i)[0] != 0);
        CHECK_EQ(sock_constant_text(name) != NULL, kind);
        /* Static: the same pointer on the next call. */
        CHECK_EQ(sock_constant_at(i, &again, &value), kind);
        CHECK(again == name);
        before = name;
    }
}

static void test_groups_define_enumerations(void)
{
    static const char *const groups[] = {"AF_", "SOCK_", "MSG_", "AI_", "libsock", "errno"};
    int counts[6] = {0};
    for (int64_t i = 0; i < sock_constant_count(); i++)
        for (int g = 0; g < 6; g++)
            counts[g] += strcmp(sock_constant_group(i), groups[g]) == 0;
    CHECK_GE(counts[0], 40);
    CHECK_EQ(counts[1], 8); /* six types and two flags; none of libsock's own */
    CHECK_GE(counts[2], 18);
    CHECK_GE(counts[3], 7);
    CHECK_GE(counts[4], 13);
    CHECK_GE(counts[5], 131);
}

static void test_texts(void)
{
    int64_t value = -1;
    CHECK_EQ(sock_constant_find("BDADDR_ANY", &value), 1);
    CHECK_EQ(value, 0);
    CHECK_STR(sock_constant_text("BDADDR_ANY"), "00:00:00:00:00:00");
    CHECK_STR(sock_constant_text("BDADDR_LOCAL"), "00:00:00:FF:FF:FF");
    CHECK_STR(sock_constant_text("AF_INET"), NULL);
    CHECK_STR(sock_constant_text("HV_GUID_ZERO"), NULL);
    CHECK_STR(sock_constant_text(""), NULL);
    CHECK_STR(sock_constant_text(NULL), NULL);
}

static void check_reason(const char *expected)
{
    char text[200];
    sock_last_error(NULL, text, sizeof text);
    CHECK_STR(text, expected);
}

static void test_missing_constants_say_why(void)
{
    int64_t value = 77;
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        CHECK_ERR(sock_constant_find(elsewhere[i], &value), -ENOTSUP);
    CHECK_ERR(sock_constant_find("AF_SYSTEM", &value), -ENOTSUP);
    check_reason("name: AF_SYSTEM is not on this platform, but on macOS");
    CHECK_ERR(sock_constant_find("AF_SYSTEMS", &value), -ENOENT);
    check_reason("name: AF_SYSTEMS is not a constant");
    CHECK_ERR(sock_constant_find("", &value), -ENOENT);
    CHECK_ERR(sock_constant_find("AF_INE", &value), -ENOENT);
    CHECK_ERR(sock_constant_find("\xff\xfe", &value), -ENOENT);
    CHECK_EQ(value, 77);
}

static void test_misuse_is_refused(void)
{
    const char *name = "untouched";
    int64_t value = 77, count = sock_constant_count();
    CHECK_ERR(sock_constant_find(NULL, &value), -EFAULT);
    check_reason("name: NULL");
    CHECK_ERR(sock_constant_find("AF_INET", NULL), -EFAULT);
    check_reason("value: NULL");
    CHECK_ERR(sock_constant_at(0, NULL, &value), -EFAULT);
    CHECK_ERR(sock_constant_at(0, &name, NULL), -EFAULT);
    CHECK_ERR(sock_constant_at(-1, &name, &value), -EINVAL);
    CHECK_ERR(sock_constant_at(INT64_MIN, &name, &value), -EINVAL);
    CHECK_ERR(sock_constant_at(INT64_MAX, &name, &value), -EINVAL);
    CHECK_ERR(sock_constant_at(count, &name, &value), -EINVAL);
    char expected[80];
    snprintf(expected, sizeof expected, "index: %lld is not within 0 to %lld", (long long)count,
             (long long)count - 1);
    check_reason(expected);
    CHECK_STR(sock_constant_group(-1), NULL);
    CHECK_STR(sock_constant_group(count), NULL);
    CHECK_STR(name, "untouched");
    CHECK_EQ(value, 77);
}

/* The names of error codes are constants with the system's numbers: for errno, getaddrinfo and h_errno. */
static void test_names_of_codes_are_constants(void)
{
    int64_t value = 0;
    int system = 0;
    for (int64_t code = -1; code > -4096; code--) {
        const char *name = sock_err_name(code);
        if (strcmp(name, "unknown code") == 0)
            continue;
        CHECK_EQ(sock_constant_find(name, &value), 0);
        CHECK_EQ(value, -code);
        system++;
    }
    CHECK_GE(system, 131);
    CHECK_EQ(sock_constant_find(sock_err_name(SOCK_ETIMEDOUT), &value), 0);
    CHECK_EQ(value, SOCK_ETIMEDOUT);
    CHECK_EQ(sock_constant_find("EAI_NONAME", &value), 0);
    CHECK_EQ(value, EAI_NONAME);
    CHECK_EQ(sock_constant_find("HOST_NOT_FOUND", &value), 0);
    CHECK_EQ(value, HOST_NOT_FOUND);
}

TEST_MAIN(test_numbers_match_the_headers, test_every_number_is_compared,
          test_table_is_sorted_and_consistent, test_groups_define_enumerations, test_texts,
          test_missing_constants_say_why, test_misuse_is_refused, test_names_of_codes_are_constants)
