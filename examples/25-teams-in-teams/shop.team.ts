/**
 * A shop buys a loom: a team looks for one, the weavers agree on one, and a buyer asks for approval
 * before it orders. Real model clients would replace the scripted ones.
 */
import {
  agentTool,
  assistantAgent,
  defineTeam,
  roundRobin,
  societyOfMindAgent,
  type TeamOptions,
  userProxyAgent,
} from 'heddle/agentchat'
import { type ScriptedAnswer, scriptedModel } from 'heddle/testing'

const says = (name: string, ...answers: readonly ScriptedAnswer[]) => {
  return assistantAgent({ name, model: scriptedModel(answers), system: null })
}

/** Everyone speaks once. */
const once = (name: string, participants: TeamOptions['participants']): TeamOptions => {
  return { name, participants, flow: roundRobin(), budget: { turns: participants.length } }
}

/** A participant. */
const research = defineTeam(
  once('research', [
    says('scout', 'A table loom costs 400, a floor loom 900.'),
    says('critic', 'The table loom is too narrow. Take the floor loom for 900.'),
  ]),
)

/** An agent that speaks for its team. */
const weavers = societyOfMindAgent({
  name: 'weavers',
  team: defineTeam(
    once('talk', [
      says('ann', 'I would rather have the floor loom.'),
      says('ben', 'So would I, but we need a longer bench for it.'),
    ]),
  ),
  model: scriptedModel(['The floor loom, with a longer bench.']),
})

/** Stands behind a tool. One of its members is a human. */
const approval = defineTeam(
  once('approval', [
    says('books', 'That would leave us 100 this year. Is it worth it?'),
    userProxyAgent({ name: 'eve' }),
  ]),
)

const buyer = assistantAgent({
  name: 'buyer',
  model: scriptedModel([
    { toolCalls: [{ name: 'approval', arguments: { task: 'May I order a floor loom for 900?' } }] },
    'Ordered: a floor loom and a longer bench.',
  ]),
  tools: [agentTool(approval)],
  maxToolIterations: 2, // its model is called again with the answer
})

export const shop = defineTeam(import.meta.url, once('shop', [research, weavers, buyer]))
