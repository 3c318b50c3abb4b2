"""The console: batches as tables."""

from ..writer import Writer


def sink(context, writing):
    part, made = writing.sink.connector, writing.sink
    rows_shown, truncate = part.get("rows", 20), part.get("truncate", 20)
    cut = truncate if isinstance(truncate, bool) or not str(truncate).isdigit() else int(truncate)
    cut = False if cut in (0, "false") else True if cut == "true" else cut
    plain = not (part.get("vertical") or part.get("batches") is not None or part.get("schema"))
    context.note(f"sink {made.name}: Spark's console shows a batch at least once")

    def batch(rows):
        lines = []
        show = f"{rows}.show({rows_shown}, truncate={cut}" + (", vertical=True" if part.get("vertical") else "") + ")"
        title = 'print(f"-------------------------------------------\\nBatch: {number}")'
        if part.get("schema"):
            lines.append(f"if number == 0:\n    {rows}.printSchema()")
        if part.get("batches") is not None:
            if part.get("batches") == 0:
                return "\n".join(lines) or "pass"
            lines.append(f"if number < {part.get('batches')}:\n    {title if not writing.once else ''}\n    {show}")
        else:
            lines += [show] if writing.once else [title, show]
        return "\n".join(lines)

    pairs = [("numRows", str(rows_shown)), ("truncate", f'"{str(cut).lower()}"' if isinstance(cut, bool) else str(cut))]
    if pairs[0][1] == "20" and pairs[1][1] in ("20", '"true"'):
        pairs = []
    return Writer("shown on the console", batch, format="console" if plain else None, options=pairs)


