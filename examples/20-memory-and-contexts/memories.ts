/** Two memories: one that is always shown, and one that is searched. */
import { assistantAgent, listMemory, type Memory, textOf } from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'

const notes = ['Ada weaves linen.', 'Ben weaves silk.', 'The mill is closed on Mondays.']

/** Finds the notes that share a name with what is new. A real one would ask a database. */
const search: Memory = {
  query: (about) => {
    const names = about.flatMap((message) => textOf(message).match(/[A-Z]\w+/g) ?? [])
    return notes.filter((note) => names.some((name) => note.includes(name)))
  },
}

const model = scriptedModel(['Linen.', 'Silk.'])

export async function showMemories(): Promise<void> {
  const agent = assistantAgent({
    name: 'agent',
    system: 'Answer in one word.',
    model,
    memory: [listMemory(['Ada and Ben are weavers.']), search],
  })
  await agent.run({ task: 'what does Ada weave?' })
  await agent.run({ task: 'and Ben?' })
  for (const { messages } of model.calls) {
    console.log('── the model is shown ──')
    for (const one of messages) if ('content' in one) console.log(`${one.role}: ${one.content}`)
  }
}
