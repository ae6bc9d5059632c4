/* Runs the suites of one folder of tests; its meson.build lists them in SUITES. */
#include <check.h>
#include <stdlib.h>

#define SUITE(name) Suite *name##_suite(void);
SUITES(SUITE)
#undef SUITE

int main(void)
{
    SRunner *runner = srunner_create(NULL);
    int failed;

#define SUITE(name) srunner_add_suite(runner, name##_suite());
    SUITES(SUITE)
#undef SUITE
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
