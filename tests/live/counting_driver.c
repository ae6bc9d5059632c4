/* See counting_driver.h. */
#include "counting_driver.h"

counted counted_now;
static const qc_driver *real;

void counting_reset(void)
{
    counted_now = (counted){0};
}

static enum qc_code execute(qc_connection *connection, const qc_statement *statement,
                            const qc_node *const *binds, qc_fetch *fetch, int64_t *ret_affected)
{
    counted_now.alone++;
    return real->execute(connection, statement, binds, fetch, ret_affected);
}

static enum qc_code send(qc_connection *connection, const qc_statement *statement,
                         const qc_node *const *binds)
{
    counted_now.piped++;
    return real->pipeline->send(connection, statement, binds);
}

static enum qc_code sync(qc_connection *connection, bool undo)
{
    counted_now.pipelines++;
    return real->pipeline->sync(connection, undo);
}

const qc_driver *counting_driver(const char *url)
{
    static qc_driver driver;
    static qc_pipeline_driver pipeline;
    real = qc_driver_find(url);
    driver = *real;
    driver.execute = execute;
    if (real->pipeline) {
        pipeline = *real->pipeline;
        pipeline.send = send;
        pipeline.sync = sync;
        driver.pipeline = &pipeline;
    }
    return &driver;
}
