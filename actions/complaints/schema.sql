-- A complaint as taken down by the bot. The turn that filed it can file it once only.
CREATE TABLE IF NOT EXISTS tickets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    number TEXT UNIQUE,
    turn_id TEXT NOT NULL UNIQUE,
    sender TEXT NOT NULL,
    lang TEXT NOT NULL,
    text TEXT NOT NULL,
    contact TEXT,
    order_number TEXT,
    severity INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 4), -- 4 is the worst
    created_at TEXT NOT NULL, -- UTC, ISO 8601
    due_at TEXT NOT NULL -- first answer promised by
);
