// A textarea for Python over a copy of its text in colours, with line numbers and, behind the line, what is wrong there.
// What is typed stays here: Python hears of it in a pause, and only replaces it where `data.version` is a new one.

const PAUSE = 500 // milliseconds without a key
const INDENT = "    "
const editors = new WeakMap()

function drawMarks(editor) {
  const lines = editor.area.value.split("\n")
  const shown = editor.area.value === editor.marked ? editor.marks : []
  editor.marksLayer.replaceChildren(
    ...lines.map((line, place) => {
      const mark = shown.find((one) => one.line === place + 1)
      const row = document.createElement("div")
      if (!mark) return row
      row.className = mark.kind
      const words = document.createElement("span")
      words.textContent = mark.text
      words.style.marginLeft = `${[...line].length + 3}ch`
      row.append(words)
      return row
    }),
  )
  editor.gutter.replaceChildren(
    ...lines.map((_, place) => {
      const mark = shown.find((one) => one.line === place + 1)
      const row = document.createElement("div")
      row.className = mark ? mark.kind : ""
      row.textContent = place + 1
      return row
    }),
  )
}

function draw(editor) {
  editor.colours.replaceChildren(...colour(editor.area.value))
  drawMarks(editor)
  editor.area.style.height = "0"
  editor.area.style.height = `${editor.area.scrollHeight}px`
  editor.area.style.width = "100%"
  editor.area.style.width = `${Math.max(editor.area.scrollWidth, editor.colours.scrollWidth)}px`
}

function put(editor, text) {
  // Not `value = …`: so the browser's own undo takes it back.
  editor.area.focus()
  document.execCommand("insertText", false, text)
}

function lineAt(area, place) {
  const start = area.value.lastIndexOf("\n", place - 1) + 1
  const end = area.value.indexOf("\n", place)
  return [start, area.value.slice(start, end < 0 ? undefined : end)]
}

function indentLines(editor, back) {
  const area = editor.area
  const [start] = lineAt(area, area.selectionStart)
  const end = area.selectionEnd
  const old = area.value.slice(start, end)
  const text = back ? old.replace(/^ {1,4}/gm, "") : old.replace(/^(?=[^\n])/gm, INDENT)
  area.setSelectionRange(start, end)
  put(editor, text)
  area.setSelectionRange(start, start + text.length)
}

function onKey(editor, event) {
  const area = editor.area
  const free = editor.leaves
  editor.leaves = event.key === "Escape"
  if (event.key === "Tab" && !free) {
    event.preventDefault()
    const many = area.value.slice(area.selectionStart, area.selectionEnd).includes("\n")
    if (many || event.shiftKey) indentLines(editor, event.shiftKey)
    else put(editor, INDENT)
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    editor.send()
    editor.setTriggerValue("submitted", area.value)
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault()
    const [start, line] = lineAt(area, area.selectionStart)
    const before = line.slice(0, area.selectionStart - start)
    const deeper = /:\s*(#.*)?$/.test(before) ? INDENT : ""
    put(editor, `\n${before.match(/^ */)[0]}${deeper}`)
  }
}

function create(parentElement) {
  const find = (name) => parentElement.querySelector(`.${name}`)
  const editor = {
    area: find("area"),
    colours: find("colours"),
    gutter: find("gutter"),
    marksLayer: find("marks"),
    marks: [],
    marked: null,
    version: null,
    sent: null,
    leaves: false,
    timer: 0,
  }
  editor.send = () => {
    clearTimeout(editor.timer)
    if (editor.area.value === editor.sent) return
    editor.sent = editor.area.value
    editor.setStateValue("value", editor.sent)
  }
  editor.area.oninput = () => {
    draw(editor)
    clearTimeout(editor.timer)
    editor.timer = setTimeout(editor.send, PAUSE)
  }
  editor.area.onblur = editor.send
  editor.area.onkeydown = (event) => onKey(editor, event)
  return editor
}

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component
  const editor = editors.get(parentElement) ?? create(parentElement)
  editors.set(parentElement, editor)
  Object.assign(editor, { setStateValue, setTriggerValue, marks: data.marks, marked: data.marked })
  editor.area.setAttribute("aria-label", data.label)
  editor.area.setAttribute("aria-description", data.help)
  editor.area.title = data.help
  parentElement.querySelector(".editor").style.height = `${data.height}px`
  if (data.version !== editor.version) {
    clearTimeout(editor.timer)
    editor.version = data.version
    editor.area.value = data.value
    editor.sent = data.value
  }
  draw(editor)
  return () => clearTimeout(editor.timer)
}
