/**
 * A graph: two agents look things up at once, a writer waits for both, and an editor sends the
 * draft back until it is good enough.
 */
import { assistantAgent, defineTeam, graph, graphFlow } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'

const agent = (name: string, answers: readonly string[]) => {
  return assistantAgent({ name, model: scriptedModel(answers), system: null })
}

const planner = agent('planner', ['Find out what a heddle is, and who used it.'])
const books = agent('books', ['A heddle guides one thread of a warp.'])
const archive = agent('archive', ['Weavers, for five thousand years.'])
const writer = agent('writer', [
  'It guides a thread.',
  'For five thousand years, it has guided a thread.',
])
const editor = agent('editor', ['REVISE: since when?', 'PRINT'])
const printer = agent('printer', ['Printed.'])

export const drawn = graph()
  .node(planner)
  .node(books)
  .node(archive)
  .node(writer)
  .node(editor)
  .node(printer)
  .edge(planner, books)
  .edge(planner, archive)
  .edge(books, writer)
  .edge(archive, writer)
  .edge(writer, editor)
  .edge(editor, writer, { when: 'REVISE', most: 3 })
  .edge(editor, printer, { when: 'PRINT' })
  .build()

export const article = defineTeam(import.meta.url, {
  name: 'article',
  participants: [planner, books, archive, writer, editor, printer],
  flow: graphFlow(drawn),
})
