// Scrolls to a view once it is drawn, and holds it there while what stands above it still grows: until the reader
// does something, or for two seconds.

const HOLD = 2000
const READER = ["wheel", "touchstart", "pointerdown", "keydown"]

export default ({ data }) => {
  const view = document.querySelector(`.${data.view}`)
  if (!view) return
  const show = () => view.scrollIntoView({ block: data.block })
  const growth = new ResizeObserver(show)
  const stop = () => {
    growth.disconnect()
    for (const event of READER) window.removeEventListener(event, stop, true)
  }
  for (const event of READER) window.addEventListener(event, stop, true)
  growth.observe(document.body.querySelector("[data-testid=stMainBlockContainer]") ?? view)
  setTimeout(stop, HOLD)
  return stop
}
