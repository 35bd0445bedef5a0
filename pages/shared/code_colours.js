// Python in colours, for whatever shows code. Joined before the script of a component, which calls `colour`.

const WORDS =
  "and as assert break class continue def del elif else except False finally for from if import in is lambda None not or pass raise return True try while with yield self super"
const TOKENS = new RegExp(
  [
    "(?<comment>#.*)",
    "(?<string>[rbfu]*(?:\"\"\"[^]*?(?:\"\"\"|$)|'''[^]*?(?:'''|$)|\"(?:\\\\.|[^\"\\\\\\n])*\"?|'(?:\\\\.|[^'\\\\\\n])*'?))",
    `(?<word>\\b(?:${WORDS.split(" ").join("|")})\\b)`,
    "(?<number>\\b\\d[\\w.]*)",
    "(?<call>[A-Za-z_]\\w*(?=\\())",
  ].join("|"),
  "g",
)

function colour(text) {
  const nodes = []
  let end = 0
  for (const match of text.matchAll(TOKENS)) {
    const [kind, part] = Object.entries(match.groups).find(([, found]) => found !== undefined)
    if (match.index > end) nodes.push(document.createTextNode(text.slice(end, match.index)))
    const span = document.createElement("span")
    span.className = kind
    span.textContent = part
    nodes.push(span)
    end = match.index + part.length
  }
  nodes.push(document.createTextNode(`${text.slice(end)}\n`))
  return nodes
}
