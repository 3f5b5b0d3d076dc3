#include "support/contract_text.h"

const char contract_by_total[] =
    "{\"format\": 1, \"id\": \"acme-2026\", \"currency\": \"CNY\", \"cycle\": \"calendar_month\","
    " \"from\": \"2026-11\", \"to\": \"2027-10\", \"total_fen\": 12000000,"
    " \"limits\": {\"call_rate\": 5000, \"members_of_public\": 6000, \"groups\": null,"
    " \"room_bans\": true}}";

#define STEPS(included, unit, price, minimum)                                                \
    "{\"charged_quantity\": \"above_included\", \"included\": " included ", \"unit\": " unit \
    ", \"part_of_unit\": \"up\", \"unit_price_fen\": " price ", \"minimum_fen\": " minimum "}"

const char contract_by_line[] =
    "{\"format\": 1, \"id\": \"acme-lines\", \"currency\": \"CNY\", \"cycle\": \"calendar_month\","
    " \"from\": \"2026-11\", \"to\": null, \"lines\": {"
    "\"dau\": {\"charged_quantity\": \"whole\", \"included\": 0, \"unit\": 100000,"
    " \"part_of_unit\": \"up\", \"unit_price_fen\": 800000, \"minimum_fen\": 0},"
    "\"roaming\": {\"charged_quantity\": \"whole\", \"included\": 0, \"unit\": 3,"
    " \"part_of_unit\": \"up\", \"unit_price_fen\": 70000, \"minimum_fen\": 0,"
    " \"dau_unit\": 1000000},"
    "\"multi_terminal\": {\"charged\": \"when_used\", \"fee_fen\": 100000},"
    "\"push\": {\"charged\": \"every_month\", \"fee_fen\": 50000},"
    "\"call_rate\": " STEPS(
        "100", "100", "50000",
        "100000") ","
                  "\"groups_per_day\": {\"charged\": \"when_used\", \"fee_fen\": 900000},"
                  "\"groups_total\": {\"charged\": \"when_used\", \"fee_fen\": 0},"
                  "\"recents\": " STEPS("50", "50", "30000", "0") "}}";
