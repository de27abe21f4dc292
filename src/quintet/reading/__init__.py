"""How what people write is read: identifiers, amounts, dates, names, workbooks. Standard library alone; every layer may use it."""
