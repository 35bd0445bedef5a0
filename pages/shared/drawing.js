// A sheet of paper to draw on with mouse, finger or pen. It sends all strokes when one ends; Python replaces them only
// where `data.version` is a new one. Over a reload the browser's tab keeps them itself.

const sheets = new WeakMap()

function paint(sheet) {
  const { paper, side } = sheet
  const scale = (window.devicePixelRatio || 1)
  if (paper.width !== side * scale) paper.width = paper.height = side * scale
  const pen = paper.getContext("2d")
  pen.setTransform(scale, 0, 0, scale, 0, 0)
  pen.clearRect(0, 0, side, side)
  pen.lineCap = pen.lineJoin = "round"
  for (const { points, width, erases } of sheet.strokes) {
    pen.globalCompositeOperation = erases ? "destination-out" : "source-over"
    pen.lineWidth = width
    pen.beginPath()
    pen.moveTo(points[0], points[1])
    // Not every browser draws a line without length, which a tap is.
    if (points.length === 2) pen.lineTo(points[0] + 0.01, points[1])
    for (let place = 2; place < points.length; place += 2) pen.lineTo(points[place], points[place + 1])
    pen.stroke()
  }
}

function keep(sheet) {
  try {
    sessionStorage.setItem(sheet.memory, JSON.stringify(sheet.strokes))
  } catch {
    // A browser that keeps nothing: then the drawing ends with a reload.
  }
}

// Whatever lies there goes to Python, which judges it; drawn is only what can be.
function recall(sheet) {
  let strokes = []
  try {
    strokes = JSON.parse(sessionStorage.getItem(sheet.memory)) ?? []
  } catch {
    // A browser that keeps nothing.
  }
  sheet.strokes = Array.isArray(strokes) && strokes.every((stroke) => Array.isArray(stroke?.points)) ? strokes : []
  if (strokes.length !== 0) send(sheet, strokes)
}

function send(sheet, strokes) {
  sheet.setStateValue("drawing", { version: sheet.version, strokes })
}

function add(sheet, event) {
  const box = sheet.paper.getBoundingClientRect()
  const { points } = sheet.stroke
  const moves = event.getCoalescedEvents?.() ?? []
  // Where the pen comes down there is none, and not every browser tells what lies between two places.
  for (const moved of moves.length ? moves : [event]) {
    const x = Math.round(((moved.clientX - box.left) / box.width) * sheet.side)
    const y = Math.round(((moved.clientY - box.top) / box.height) * sheet.side)
    if (x !== points.at(-2) || y !== points.at(-1)) points.push(x, y)
  }
  paint(sheet)
}

function create(parentElement) {
  const paper = parentElement.querySelector(".paper")
  const sheet = { paper, strokes: [], stroke: null, pointer: null, version: null }
  paper.onpointerdown = (event) => {
    if (sheet.stroke || !event.isPrimary || event.button !== 0) return
    event.preventDefault()
    paper.setPointerCapture(event.pointerId)
    sheet.pointer = event.pointerId
    sheet.stroke = { points: [], ...sheet.pen }
    sheet.strokes = [...sheet.strokes, sheet.stroke]
    add(sheet, event)
  }
  paper.onpointermove = (event) => {
    if (sheet.stroke && event.pointerId === sheet.pointer) add(sheet, event)
  }
  paper.onpointerup = paper.onpointercancel = paper.onlostpointercapture = (event) => {
    if (!sheet.stroke || event.pointerId !== sheet.pointer) return
    sheet.stroke = null
    keep(sheet)
    send(sheet, sheet.strokes)
  }
  return sheet
}

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const sheet = sheets.get(parentElement) ?? create(parentElement)
  sheets.set(parentElement, sheet)
  Object.assign(sheet, { setStateValue, pen: data.pen, side: data.side, memory: data.memory })
  sheet.paper.setAttribute("aria-label", data.label)
  if (data.version !== sheet.version) {
    sheet.version = data.version
    sheet.stroke = null
    if (!data.version && !data.strokes.length) recall(sheet)
    else {
      sheet.strokes = data.strokes
      keep(sheet)
    }
  }
  paint(sheet)
}
