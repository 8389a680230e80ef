/** A writer, a critic who sends the draft back twice, and a printer. Each hears something else. */
import { assistantAgent, defineTeam, graph, graphFlow } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'

/** The models keep the requests that they were given, for the program to print. */
export const models = {
  writer: scriptedModel(['Draft 1', 'Draft 2', 'Draft 3']),
  critic: scriptedModel(['Longer.', 'Shorter.', 'GOOD']),
  printer: scriptedModel(['Printed.']),
}

const writer = assistantAgent({ name: 'writer', model: models.writer, system: null })
const critic = assistantAgent({ name: 'critic', model: models.critic, system: null })
const printer = assistantAgent({ name: 'printer', model: models.printer, system: null })

const path = graph()
  .node(writer)
  .node(critic)
  .node(printer)
  .entry(writer)
  .edge(writer, critic)
  .edge(critic, writer, { when: 'er.', most: 2 })
  .edge(critic, printer, { when: 'GOOD' })
  .build()

const criticHears = [
  { source: 'user', first: 1 },
  { source: 'writer', last: 1 },
]

export const poem = defineTeam(import.meta.url, {
  name: 'poem',
  participants: [
    writer, // without a filter: it hears all others
    { agent: critic, filter: { scope: 'whole', per: criticHears } },
    { agent: printer, filter: { per: [{ source: 'writer', last: 1 }] } },
  ],
  flow: graphFlow(path),
})
