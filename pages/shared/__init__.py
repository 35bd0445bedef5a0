"""The user interface that pages share. Streamlit and Plotly live here and nowhere below."""
