"""The codes of the event core and their names on the wire and in result tables."""

# Order types.
MARKET, LIMIT, STOP, STOP_LIMIT, ON_OPEN, ON_CLOSE, TRAILING_STOP = range(1, 8)
ORDER_TYPES = {
    "ORDER_TYPE_MARKET": MARKET,
    "ORDER_TYPE_LIMIT": LIMIT,
    "ORDER_TYPE_STOP": STOP,
    "ORDER_TYPE_STOP_LIMIT": STOP_LIMIT,
    "ORDER_TYPE_ON_OPEN": ON_OPEN,
    "ORDER_TYPE_ON_CLOSE": ON_CLOSE,
}
ORDER_TYPE_NAMES = {
    MARKET: "market",
    LIMIT: "limit",
    STOP: "stop",
    STOP_LIMIT: "stop_limit",
    ON_OPEN: "on_open",
    ON_CLOSE: "on_close",
    TRAILING_STOP: "trailing_stop",
}

# Times in force.
DAY, GTC, IOC = range(1, 4)
TIMES_IN_FORCE = {
    "TIME_IN_FORCE_DAY": DAY,
    "TIME_IN_FORCE_GTC": GTC,
    "TIME_IN_FORCE_IOC": IOC,
}
TIME_IN_FORCE_NAMES = {DAY: "day", GTC: "gtc", IOC: "ioc"}

# In which order the orders inside one bar fill.
STOPS_FIRST, HIGH_FIRST, LOW_FIRST, ADVERSE, FAVOURABLE = range(5)
INTRABAR_PATHS = {
    "INTRABAR_PATH_STOPS_FIRST": STOPS_FIRST,
    "INTRABAR_PATH_OPEN_HIGH_LOW_CLOSE": HIGH_FIRST,
    "INTRABAR_PATH_OPEN_LOW_HIGH_CLOSE": LOW_FIRST,
    "INTRABAR_PATH_ADVERSE": ADVERSE,
    "INTRABAR_PATH_FAVOURABLE": FAVOURABLE,
}

# What the amount of an order is.
WEIGHT, UNITS, QUANTITY, CLOSE_POSITION = range(4)

# States of an order.
OPEN, FILLED, CANCELLED, REJECTED = range(4)
STATE_NAMES = {OPEN: "open", FILLED: "filled", CANCELLED: "cancelled", REJECTED: "rejected"}

# Why an order ended, other than by being filled.
(
    NO_REASON,
    REPLACED,
    ALREADY_THERE,
    EXPIRED,
    NOT_IMMEDIATE,
    OTHER_FILLED,
    POSITION_CLOSED,
    SYMBOL_ENDED,
    LIQUIDATED,
    BUYING_POWER,
    POSITION_LIMIT,
    NET_LIMIT,
    BELOW_ONE_LOT,
    SHORT_NOT_ALLOWED,
    NO_EQUITY,
) = range(15)
REASON_NAMES = {
    NO_REASON: "",
    REPLACED: "replaced",
    ALREADY_THERE: "already_there",
    EXPIRED: "expired",
    NOT_IMMEDIATE: "not_immediate",
    OTHER_FILLED: "other_filled",
    POSITION_CLOSED: "position_closed",
    SYMBOL_ENDED: "symbol_ended",
    LIQUIDATED: "liquidated",
    BUYING_POWER: "buying_power",
    POSITION_LIMIT: "position_limit",
    NET_LIMIT: "net_limit",
    BELOW_ONE_LOT: "below_one_lot",
    SHORT_NOT_ALLOWED: "short_not_allowed",
    NO_EQUITY: "no_equity",
}

# The rules that make fills.
(
    AT_OPEN,
    AT_CLOSE,
    SAME_CLOSE,
    LIMIT_AT_OPEN,
    LIMIT_TOUCHED,
    STOP_AT_OPEN,
    STOP_TOUCHED,
    STOP_LIMIT_AT_OPEN,
    STOP_LIMIT_TOUCHED,
    TRAILING_AT_OPEN,
    TRAILING_TOUCHED,
    SYMBOL_END,
    MARGIN_CALL,
) = range(13)
RULE_NAMES = {
    AT_OPEN: "next_open",
    AT_CLOSE: "on_close",
    SAME_CLOSE: "same_close",
    LIMIT_AT_OPEN: "limit_at_open",
    LIMIT_TOUCHED: "limit_touched",
    STOP_AT_OPEN: "stop_at_open",
    STOP_TOUCHED: "stop_touched",
    STOP_LIMIT_AT_OPEN: "stop_limit_at_open",
    STOP_LIMIT_TOUCHED: "stop_limit_touched",
    TRAILING_AT_OPEN: "trailing_stop_at_open",
    TRAILING_TOUCHED: "trailing_stop_touched",
    SYMBOL_END: "symbol_end",
    MARGIN_CALL: "margin_call",
}

# Flows of cash that no fill makes.
DIVIDEND, SPLIT, CASH_IN_LIEU, BORROW_FEE, MARGIN_INTEREST, CASH_INTEREST = range(6)
FLOW_NAMES = {
    DIVIDEND: "dividend",
    SPLIT: "split",
    CASH_IN_LIEU: "cash_in_lieu",
    BORROW_FEE: "borrow_fee",
    MARGIN_INTEREST: "margin_interest",
    CASH_INTEREST: "cash_interest",
}
