-- One row per order of the demo shop; dates are ISO days. Rebuilt when the CSV's hash differs from `source.hash`.
CREATE TABLE source (
    hash TEXT NOT NULL
);

CREATE TABLE orders (
    number TEXT PRIMARY KEY CHECK (length(number) = 12),
    status TEXT NOT NULL,
    item_zh TEXT NOT NULL,
    item_en TEXT NOT NULL,
    amount_cents INTEGER NOT NULL CHECK (amount_cents >= 0),
    placed TEXT NOT NULL,
    updated TEXT NOT NULL,
    due TEXT NOT NULL,
    carrier_zh TEXT NOT NULL,
    carrier_en TEXT NOT NULL,
    tracking TEXT NOT NULL,
    place_zh TEXT NOT NULL,
    place_en TEXT NOT NULL
);
