/* Quercus: typed SQL for C. This header is all a program needs. */
#ifndef QUERCUS_QUERCUS_H
#define QUERCUS_QUERCUS_H

#include <quercus/advisory.h>
#include <quercus/arena.h>
#include <quercus/budget.h>
#include <quercus/copy.h>
#include <quercus/cursor.h>
#include <quercus/deadline.h>
#include <quercus/engine.h>
#include <quercus/error.h>
#include <quercus/events.h>
#include <quercus/expr.h>
#include <quercus/functions.h>
#include <quercus/hooks.h>
#include <quercus/inherit.h>
#include <quercus/listen.h>
#include <quercus/load.h>
#include <quercus/mixins.h>
#include <quercus/loop.h>
#include <quercus/model.h>
#include <quercus/page.h>
#include <quercus/pipeline.h>
#include <quercus/pool.h>
#include <quercus/query.h>
#include <quercus/replicas.h>
#include <quercus/rows.h>
#include <quercus/schema.h>
#include <quercus/session.h>
#include <quercus/stats.h>
#include <quercus/transaction.h>
#include <quercus/types.h>
#include <quercus/version.h>
#ifndef QUERCUS_NO_SHORT_WORDS
#include <quercus/words.h>
#endif

#endif
