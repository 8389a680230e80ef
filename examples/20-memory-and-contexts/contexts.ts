/** What each context shows of the same conversation. */
import {
  assistantAgent,
  buffered,
  headAndTail,
  type ModelContext,
  tokenLimited,
  unbounded,
} from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'

/** A context of your own: what the user has said, without the answers. */
const questions: ModelContext = {
  kind: 'questions',
  view: (history) => history.filter(({ role }) => role === 'user'),
}

const contexts = [unbounded(), buffered(3), headAndTail(1, 2), tokenLimited(4), questions]

export async function showContexts(): Promise<void> {
  for (const context of contexts) {
    const model = scriptedModel(['1', '2', '3', '4'])
    const agent = assistantAgent({ name: 'agent', model, context, system: null })
    for (const task of ['one', 'two', 'three', 'four']) await agent.run({ task })
    const shown = model.calls.at(-1)?.messages.map((one) => ('content' in one ? one.content : ''))
    console.log(`${context.kind}: ${shown?.join(' · ')}`)
    console.log(`  kept: ${agent.saveState().history.length} messages`)
  }
}
