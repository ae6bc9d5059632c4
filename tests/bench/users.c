/* See models.h. */
#include "models.h"

#include <stdio.h>
#include <stdlib.h>

struct User *bench_users(int count)
{
    struct User *users = calloc((size_t)count, sizeof *users);
    for (int i = 0; users && i < count; i++) {
        char *email = malloc(32);
        if (!email)
            return NULL;
        snprintf(email, 32, "user%d@example.org", i + 1);
        users[i] = (struct User){.id = i + 1,
                                 .email = email,
                                 .role = i % 7 ? "member" : "administrator",
                                 .is_active = i % 3 != 0,
                                 .score = i / 7.0,
                                 .created_at = qc_timestamp_from_unix(1600000000 + i, i)};
    }
    return users;
}
