"""Results in, Plotly figures out: pure functions, one module a page, one look."""
