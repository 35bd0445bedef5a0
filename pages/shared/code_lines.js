// Code in rows, each with its number; the rows that can be chosen are buttons. The row in question stays in sight.

const shown = new WeakMap()

function rowsOf(text) {
  const rows = [[]]
  for (const node of colour(text)) {
    const parts = node.textContent.split("\n")
    parts.forEach((part, place) => {
      if (place) rows.push([])
      if (!part) return
      const span = document.createElement("span")
      span.className = node.className ?? ""
      span.textContent = part
      rows.at(-1).push(span)
    })
  }
  while (rows.length > 1 && !rows.at(-1).length) rows.pop()
  return rows
}

function rowOf(nodes, number, line, data, choose) {
  const row = document.createElement("div")
  const can = line && line.state !== "missing"
  const gutter = document.createElement(can ? "button" : "span")
  gutter.className = "gutter"
  gutter.textContent = number
  row.className = `row ${line?.state ?? ""}`
  if (can) {
    gutter.type = "button"
    gutter.setAttribute("aria-label", data.choose.replace("{line}", number))
    gutter.title = data.choose.replace("{line}", number)
    if (line.state !== "ran") gutter.setAttribute("aria-current", "step")
    row.onclick = () => choose(number)
  }
  const code = document.createElement("code")
  code.append(...nodes)
  row.append(gutter, code)
  if (line?.note) {
    const note = document.createElement("span")
    note.className = "note"
    note.textContent = line.note
    row.append(note)
  }
  return row
}

function keepInSight(box) {
  const row = box.querySelector(".here, .wrong")
  if (!row) return
  const top = row.offsetTop - box.offsetTop
  if (top < box.scrollTop + row.offsetHeight || top > box.scrollTop + box.clientHeight - 2 * row.offsetHeight) {
    box.scrollTop = top - box.clientHeight / 3
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const box = parentElement.querySelector(".lines")
  const focused = parentElement.querySelector(".gutter:focus")?.textContent
  const told = new Map(data.lines.map((line) => [line.number, line]))
  box.setAttribute("aria-label", data.label)
  box.style.maxHeight = `${data.height}px`
  if (shown.get(parentElement)?.text !== data.text) {
    shown.set(parentElement, { text: data.text, rows: rowsOf(data.text) })
  }
  const { rows } = shown.get(parentElement)
  const choose = (line) => setTriggerValue("line", line)
  box.replaceChildren(
    ...data.parts.flatMap(([first, last], part) => [
      ...(part ? [document.createElement("hr")] : []),
      ...rows.slice(first - 1, last).map((nodes, at) => rowOf(nodes, first + at, told.get(first + at), data, choose)),
    ]),
  )
  if (focused) [...box.querySelectorAll("button")].find((button) => button.textContent === focused)?.focus()
  keepInSight(box)
}
