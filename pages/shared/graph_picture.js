// The picture of a network, an SVG that Python wrote. Which box is chosen and which group shall open or close is sent
// back; the picture that comes then takes this one's place, and what was touched stays where it was on the screen.

const pictures = new WeakMap()

function find(frame, identity) {
  return [...frame.querySelectorAll("[data-node]")].find((node) => node.dataset.node === identity)
}

function show(picture, svg) {
  const { frame, touched } = picture
  const before = touched !== null && find(frame, touched)?.getBoundingClientRect()
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement
  frame.replaceChildren(document.importNode(parsed, true))
  const nodes = [...frame.querySelectorAll("[data-node]")]
  for (const node of nodes) node.setAttribute("tabindex", "-1")
  const chosen = frame.querySelector(".chosen")
  chosen?.setAttribute("aria-pressed", "true")
  ;(chosen ?? nodes[0])?.setAttribute("tabindex", "0")
  const now = touched !== null && find(frame, touched)
  if (before && now) {
    const after = now.getBoundingClientRect()
    frame.scrollTop += after.top - before.top
    frame.scrollLeft += after.left - before.left
    if (picture.hasFocus) now.focus({ preventScroll: true })
  } else {
    frame.scrollTop = 0
    frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2
  }
}

function send(picture, node, toggles) {
  picture.touched = node.dataset.node
  picture.setTriggerValue(toggles ? "toggled" : "chosen", picture.touched)
}

function onKey(picture, event) {
  const node = event.target.closest("[data-node]")
  if (!node) return
  const nodes = [...picture.frame.querySelectorAll("[data-node]")]
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key]
  if (step) nodes[(nodes.indexOf(node) + step + nodes.length) % nodes.length].focus()
  else if (event.key === "Enter" || event.key === " ") send(picture, node, false)
  else if ("+-".includes(event.key) && node.querySelector("[data-toggle]")) send(picture, node, true)
  else return
  event.preventDefault()
}

function create(frame) {
  const picture = { frame, svg: null, touched: null, hasFocus: false }
  frame.onclick = (event) => {
    const node = event.target.closest("[data-node]")
    if (node) send(picture, node, event.target.closest("[data-toggle]") !== null)
  }
  frame.onkeydown = (event) => onKey(picture, event)
  frame.addEventListener("focusin", () => (picture.hasFocus = true))
  frame.addEventListener("focusout", (event) => (picture.hasFocus = event.relatedTarget === null && picture.hasFocus))
  return picture
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const frame = parentElement.querySelector(".scroll")
  const picture = pictures.get(frame) ?? create(frame)
  pictures.set(frame, picture)
  picture.setTriggerValue = setTriggerValue
  frame.setAttribute("aria-label", data.label)
  frame.style.maxHeight = `${data.height}px`
  if (data.svg === picture.svg) return
  picture.svg = data.svg
  show(picture, data.svg)
}
