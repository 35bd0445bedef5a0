// Many digits as one picture under a grid of buttons, one a digit: for mouse, finger and arrow keys. Python hears which
// one was taken.

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

const sheets = new WeakMap()

function makeTile(sheet, { words, state }) {
  const tile = document.createElement("button")
  tile.type = "button"
  tile.className = `tile ${state}`
  tile.title = words
  tile.setAttribute("aria-label", words)
  tile.setAttribute("aria-pressed", String(state.includes("chosen")))
  tile.tabIndex = -1
  tile.onclick = () => sheet.take(sheet.tiles.indexOf(tile))
  return tile
}

// Only one button can be reached with the Tab key, and the arrows go on from there.
function reach(sheet, place) {
  for (const tile of sheet.tiles) tile.tabIndex = -1
  if (sheet.tiles[place]) sheet.tiles[place].tabIndex = 0
}

function move(sheet, event) {
  const place = sheet.tiles.indexOf(event.target)
  const step = STEPS[event.key]
  if (!step || place < 0) return
  event.preventDefault()
  const next = sheet.tiles[place + step[0] + step[1] * sheet.columns]
  if (!next) return
  reach(sheet, sheet.tiles.indexOf(next))
  next.focus()
}

function create(parentElement) {
  const find = (name) => parentElement.querySelector(`.${name}`)
  const sheet = { frame: find("sheet"), picture: find("picture"), grid: find("grid"), tiles: [], shown: "" }
  sheet.grid.onkeydown = (event) => move(sheet, event)
  return sheet
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const sheet = sheets.get(parentElement) ?? create(parentElement)
  sheets.set(parentElement, sheet)
  sheet.columns = data.columns
  sheet.take = (place) => setTriggerValue("taken", data.tiles[place].index)
  if (sheet.picture.src !== data.picture) sheet.picture.src = data.picture
  sheet.frame.setAttribute("aria-label", data.label)
  const shown = JSON.stringify(data.tiles)
  if (shown === sheet.shown) return
  const focused = sheet.tiles.findIndex((tile) => tile.matches(":focus"))
  sheet.shown = shown
  sheet.grid.style.setProperty("--columns", data.columns)
  sheet.tiles = data.tiles.map((tile) => makeTile(sheet, tile))
  sheet.grid.replaceChildren(...sheet.tiles)
  const chosen = data.tiles.findIndex((tile) => tile.state.includes("chosen"))
  reach(sheet, Math.max(0, chosen))
  if (focused >= 0) sheet.tiles[Math.max(0, chosen)]?.focus()
}
