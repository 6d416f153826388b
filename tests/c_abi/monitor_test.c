/* The C interface, used from C: docs/embedding-in-a-server.md explains it. Prints what went wrong and returns 1. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "errata/monitor/errata.h"

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) {                                                    \
      printf("%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      return 1;                                                            \
    }                                                                      \
  } while (0)

static const char* const kNumbers[] = {"load", "age"};
static const char* const kPlaces[] = {"site"};
static const char* const kClasses[] = {"no", "yes"};
static const errata_schema kSchema = {kNumbers, 2, kPlaces, 1, kClasses, 2, 0};

/* A case whose prediction fails where the load is above one half. */
static int step(errata_monitor* monitor, int t, errata_decision* decision) {
  char id[32];
  const double load = fmod(t * 0.618033988749895, 1.0);
  const double numbers[2] = {load, (double)(t % 7)};
  const char* const categories[1] = {t % 3 == 0 ? NULL : "north"};
  errata_case seen;
  int status;
  errata_case_init(&seen);
  snprintf(id, sizeof id, "case-%d", t);
  seen.id = id;
  seen.time = t;
  seen.numbers = numbers;
  seen.categories = categories;
  seen.predicted = 1;
  seen.confidence = 0.8;
  seen.positive_score = 0.8;
  status = errata_monitor_decide(monitor, &seen, decision);
  if (status != ERRATA_OK) return status;
  return errata_monitor_learn(monitor, id, load > 0.5, ERRATA_NO_CLASS, t);
}

static int learns_and_goes_on(void) {
  errata_options options;
  errata_monitor *monitor = NULL, *restored = NULL;
  errata_decision decision, again;
  const void* bytes = NULL;
  size_t size = 0;
  int t;
  errata_options_init(&options);
  options.coverage = 0.5;
  options.warm_up = 100;
  CHECK(errata_monitor_create(&kSchema, &options, &monitor) == ERRATA_OK);
  for (t = 0; t < 1000; ++t) CHECK(step(monitor, t, &decision) == ERRATA_OK);
  CHECK(decision.warm == 1);
  CHECK(decision.risk >= 0 && decision.risk <= 1);
  CHECK(strlen(decision.reason) > 0);
  CHECK(errata_monitor_snapshot(monitor, &bytes, &size) == ERRATA_OK);
  CHECK(errata_monitor_restore(&kSchema, bytes, size, &restored) == ERRATA_OK);
  for (; t < 1100; ++t) {
    CHECK(step(monitor, t, &decision) == ERRATA_OK);
    CHECK(step(restored, t, &again) == ERRATA_OK);
    CHECK(decision.risk == again.risk && decision.decision == again.decision && decision.mode == again.mode);
  }
  errata_monitor_free(restored);
  CHECK(errata_monitor_restore(&kSchema, bytes, size / 2, &restored) == ERRATA_DATA);
  CHECK(strstr(errata_monitor_error(restored), "truncated") != NULL);
  errata_monitor_free(restored);
  errata_monitor_free(monitor);
  return 0;
}

static int tells_mistakes(void) {
  errata_options options;
  errata_monitor* monitor = NULL;
  errata_decision decision;
  errata_options_init(&options);
  options.coverage = 2;
  CHECK(errata_monitor_create(&kSchema, &options, &monitor) == ERRATA_INVALID_ARGUMENT);
  CHECK(strstr(errata_monitor_error(monitor), "coverage 2") != NULL);
  CHECK(step(monitor, 1, &decision) == ERRATA_INVALID_ARGUMENT);
  errata_monitor_free(monitor);
  options.coverage = 0.5;
  CHECK(errata_monitor_create(&kSchema, &options, &monitor) == ERRATA_OK);
  CHECK(step(monitor, 1, &decision) == ERRATA_OK);
  CHECK(step(monitor, 1, &decision) == ERRATA_CONFLICT);
  CHECK(strstr(errata_monitor_error(monitor), "case-1") != NULL);
  CHECK(errata_monitor_learn(monitor, "nobody", 1, ERRATA_NO_CLASS, 2) == ERRATA_NOT_FOUND);
  CHECK(strstr(errata_monitor_error(monitor), "nobody") != NULL);
  CHECK(errata_monitor_learn(monitor, NULL, 1, ERRATA_NO_CLASS, 2) == ERRATA_INVALID_ARGUMENT);
  CHECK(errata_monitor_decide(monitor, NULL, &decision) == ERRATA_INVALID_ARGUMENT);
  CHECK(errata_monitor_create(NULL, &options, NULL) == ERRATA_INVALID_ARGUMENT);
  errata_monitor_free(monitor);
  errata_monitor_free(NULL);
  return 0;
}

enum { kDevices = 3 };

/* A handle for each key, cases in turn: each decides as if it were alone, and ids are its own. */
static int keeps_one_for_each_device(void) {
  errata_options options;
  errata_monitor *monitors[kDevices], *alone = NULL;
  errata_decision decision, of_device[kDevices];
  int t, d;
  errata_options_init(&options);
  options.coverage = 0.5;
  options.warm_up = 50;
  for (d = 0; d < kDevices; ++d) CHECK(errata_monitor_create(&kSchema, &options, &monitors[d]) == ERRATA_OK);
  for (t = 0; t < 300; ++t)
    for (d = 0; d < kDevices; ++d)
      CHECK(t % (d + 1) != 0 || step(monitors[d], t, &of_device[d]) == ERRATA_OK); /* the second has every second case */
  for (d = 0; d < kDevices; ++d) {
    CHECK(errata_monitor_create(&kSchema, &options, &alone) == ERRATA_OK);
    for (t = 0; t < 300; ++t) CHECK(t % (d + 1) != 0 || step(alone, t, &decision) == ERRATA_OK);
    CHECK(decision.risk == of_device[d].risk && decision.decision == of_device[d].decision);
    CHECK(decision.threshold == of_device[d].threshold && decision.mode == of_device[d].mode);
    errata_monitor_free(alone);
  }
  CHECK(of_device[0].risk != of_device[1].risk);
  CHECK(errata_monitor_learn(monitors[1], "case-1", 1, ERRATA_NO_CLASS, 300) == ERRATA_NOT_FOUND);
  for (d = 0; d < kDevices; ++d) errata_monitor_free(monitors[d]);
  return 0;
}

int main(void) {
  return learns_and_goes_on() != 0 || tells_mistakes() != 0 || keeps_one_for_each_device() != 0;
}
