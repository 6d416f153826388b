/* Errata for any program: a failure memory beside a model, in plain C.
 *
 *     errata_schema schema = {.numbers = names, .numbers_count = 2, .classes = classes, .classes_count = 2};
 *     errata_options options;
 *     errata_options_init(&options);
 *     options.coverage = 0.9;
 *     errata_monitor* monitor = NULL;
 *     if (errata_monitor_create(&schema, &options, &monitor) != ERRATA_OK) puts(errata_monitor_error(monitor));
 *     errata_case seen;
 *     errata_case_init(&seen);
 *     seen.id = "case-17";  seen.time = 17;  seen.numbers = values;  seen.predicted = 1;  seen.confidence = 0.8;
 *     errata_decision decision;
 *     if (errata_monitor_decide(monitor, &seen, &decision) == ERRATA_OK && decision.decision == ERRATA_ACCEPT) ...
 *     errata_monitor_learn(monitor, "case-17", 1, ERRATA_NO_CLASS, 42);
 *     errata_monitor_free(monitor);
 *
 * Every function returns a status; errata_monitor_error() tells the last error of a handle in words. A call that fails
 * changes nothing. One thread at a time may use a handle; different handles are independent. Text is UTF-8 and copied.
 * See docs/embedding-in-a-server.md. */
#ifndef ERRATA_MONITOR_ERRATA_H
#define ERRATA_MONITOR_ERRATA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* C has its own habits: NOLINTBEGIN(readability-identifier-naming,modernize-use-using) */

typedef struct errata_monitor errata_monitor;

/* What a function returns. */
enum {
  ERRATA_OK = 0,
  ERRATA_INVALID_ARGUMENT = 1, /* an argument is outside its range */
  ERRATA_DATA = 2,             /* a snapshot cannot be used */
  ERRATA_OUTPUT = 3,           /* a file could not be written */
  ERRATA_OUT_OF_MEMORY = 4,
  ERRATA_NOT_FOUND = 5,   /* no case of this id is remembered */
  ERRATA_CONFLICT = 6,    /* a case of this id was decided, or its outcome is known */
  ERRATA_UNAVAILABLE = 7, /* what is needed does not answer now */
  ERRATA_CANCELLED = 8
};

/* errata_decision.decision */
enum { ERRATA_ACCEPT = 0, ERRATA_DEFER = 1, ERRATA_ABSTAIN = 2 };

#define ERRATA_NO_CLASS UINT32_MAX /* no class is predicted, or the label is not known */
#define ERRATA_NO_MODE (-1)
#define ERRATA_REASON_SIZE 256

/* What cases look like. Names are told apart by their text; a count of 0 takes NULL. */
typedef struct {
  const char* const* numbers; /* numeric features */
  size_t numbers_count;
  const char* const* categories; /* categorical features */
  size_t categories_count;
  const char* const* classes; /* what can be predicted */
  size_t classes_count;
  size_t embedding; /* width of the model's own embedding, or 0 */
} errata_schema;

/* Set by errata_options_init(); docs/embedding-in-a-server.md tells the ranges. */
typedef struct {
  double coverage; /* share of cases to accept, in (0, 1); 0: keep to `risk` instead */
  double risk;     /* failure rate of accepted cases to keep to, in (0, 1); 0: keep to `coverage` */
  double defer_share;
  uint64_t cold_start; /* cases before thresholds count */
  int cold_decision;   /* until then */
  uint64_t warm_up;    /* cases before the memory is fitted */
  uint64_t window;
  uint64_t max_modes;
  uint64_t max_pending; /* cases remembered while they wait for an outcome */
  double confident;
  double half_life; /* in the unit of time */
  int clamp_time;   /* 0: time that goes back is an error; else it stands still */
  uint64_t seed;
} errata_options;

/* What is known of a case when it is predicted. Set by errata_case_init() to "nothing". */
typedef struct {
  const char* id;                /* 1 to 512 bytes, of this case alone */
  int64_t time;                  /* steps, or microseconds; never decreasing */
  const double* numbers;         /* [numbers_count] NaN: missing */
  const char* const* categories; /* [categories_count] NULL: missing */
  const float* embedding;        /* [embedding] */
  uint32_t predicted;            /* index of a class, or ERRATA_NO_CLASS */
  double confidence;             /* in [0, 1], or NaN */
  double positive_score;         /* P(second class) in [0, 1], or NaN */
  double auditor_risk;           /* P(failure) by a detector, in [0, 1], or NaN */
} errata_case;

typedef struct {
  double risk;  /* P(failure) */
  int decision; /* ERRATA_ACCEPT, ERRATA_DEFER or ERRATA_ABSTAIN */
  int cold;     /* 1: the cold-start rule decided */
  int warm;     /* 1: the memory is fitted */
  int64_t mode; /* nearest failure mode, or ERRATA_NO_MODE */
  double threshold;
  double similarity;
  double danger;
  char reason[ERRATA_REASON_SIZE]; /* in words, cut where they are longer */
} errata_decision;

void errata_options_init(errata_options* options);
void errata_case_init(errata_case* seen);

/* Makes a monitor. `*monitor` is set also on failure (but NULL when memory ran out): it then holds the error and can
 * only be freed. */
int errata_monitor_create(const errata_schema* schema, const errata_options* options, errata_monitor** monitor);
/* Goes on from a snapshot as the monitor that was saved would have. The schema must be the one it was made with. */
int errata_monitor_restore(const errata_schema* schema, const void* bytes, size_t size, errata_monitor** monitor);
int errata_monitor_load(const errata_schema* schema, const char* place, errata_monitor** monitor);

int errata_monitor_decide(errata_monitor* monitor, const errata_case* seen, errata_decision* decision);
/* Tells the outcome of a case: failed 0 or 1; label: index of the true class, or ERRATA_NO_CLASS. */
int errata_monitor_learn(errata_monitor* monitor, const char* id, int failed, uint32_t label, int64_t time);

/* Everything that later decisions depend on. The bytes belong to the handle until its next snapshot. */
int errata_monitor_snapshot(errata_monitor* monitor, const void** bytes, size_t* size);
/* The same in a file, whole or not at all. */
int errata_monitor_save(errata_monitor* monitor, const char* place);

/* The last error of a handle in words, "" when there was none; valid until its next call. */
const char* errata_monitor_error(const errata_monitor* monitor);
void errata_monitor_free(errata_monitor* monitor); /* NULL is allowed */

/* NOLINTEND(readability-identifier-naming,modernize-use-using) */

#ifdef __cplusplus
}
#endif

#endif /* ERRATA_MONITOR_ERRATA_H */
