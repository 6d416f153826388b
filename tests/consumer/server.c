/* A server in C: decides, learns, saves and goes on. Prints what it did not expect and returns 1. */
#include <errata.h>
#include <stdio.h>
#include <string.h>

static int went_wrong(const char* what, const errata_monitor* monitor) {
  printf("%s: %s\n", what, errata_monitor_error(monitor));
  return 1;
}

int main(void) {
  const char* const numbers[] = {"load"};
  const char* const classes[] = {"no", "yes"};
  const errata_schema schema = {.numbers = numbers, .numbers_count = 1, .classes = classes, .classes_count = 2};
  const double load = 0.5;
  errata_monitor *monitor = NULL, *restored = NULL;
  errata_options options;
  errata_decision decision;
  errata_case seen;

  errata_options_init(&options);
  options.cold_start = 10;
  options.cold_decision = ERRATA_DEFER;
  if (errata_monitor_create(&schema, &options, &monitor) != ERRATA_OK) return went_wrong("create", monitor);
  errata_case_init(&seen);
  seen.id = "case-1";
  seen.numbers = &load;
  seen.predicted = 1;
  seen.confidence = 0.75;
  if (errata_monitor_decide(monitor, &seen, &decision) != ERRATA_OK) return went_wrong("decide", monitor);
  if (decision.decision != ERRATA_DEFER || decision.risk != 0.25) return went_wrong("decision", monitor);
  if (errata_monitor_decide(monitor, &seen, &decision) != ERRATA_CONFLICT) return went_wrong("conflict", monitor);
  if (errata_monitor_learn(monitor, "case-2", 1, ERRATA_NO_CLASS, 1) != ERRATA_NOT_FOUND)
    return went_wrong("not found", monitor);
  if (strstr(errata_monitor_error(monitor), "case-2") == NULL) return went_wrong("message", monitor);
  if (errata_monitor_learn(monitor, "case-1", 1, ERRATA_NO_CLASS, 1) != ERRATA_OK) return went_wrong("learn", monitor);
  if (errata_monitor_save(monitor, "monitor.snap") != ERRATA_OK) return went_wrong("save", monitor);
  if (errata_monitor_load(&schema, "monitor.snap", &restored) != ERRATA_OK) return went_wrong("load", restored);
  errata_monitor_free(restored);
  errata_monitor_free(monitor);
  return 0;
}
