/* What the rest of the room asks of an open stream. */
#ifndef QC_ENGINE_STREAM_H
#define QC_ENGINE_STREAM_H

#include "engine/db.h"

/* Where the stream was opened. */
const qc_site *qc_stream_site(const qc_stream *stream);
/* Takes the open stream, if any, from its connection, which is about to end. */
void qc_stream_detach(qc_db *db);

#endif
