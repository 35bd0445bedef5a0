// Python in colours, for whatever shows code. Joined before the script of a component, which calls `colour`.

const WORDS =
  "and as assert break class continue def del elif else except False finally for from if import in is lambda None not or pass raise return True try while with yield self super"
const TOKENS = new RegExp(
  [
    "(?<comment>#.*)",
    // Each begins at a word's first letter: a word of many letters would else be tried from each of them to its end.
    "(?<string>(?:\\b[rbfu]{1,2})?(?:\"\"\"[^]*?(?:\"\"\"|$)|'''[^]*?(?:'''|$)|\"(?:\\\\.|[^\"\\\\\\n])*\"?|'(?:\\\\.|[^'\\\\\\n])*'?))",
    `(?<word>\\b(?:${WORDS.split(" ").join("|")})\\b)`,
    "(?<number>\\b\\d[\\w.]*)",
    "(?<call>\\b[A-Za-z_]\\w*(?=\\())",
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
