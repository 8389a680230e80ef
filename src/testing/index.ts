/** What users test with: the public names of `heddle/testing`. */

export {
  type Script,
  type ScriptedAnswer,
  type ScriptedModel,
  type ScriptedModelOptions,
  type ScriptedToolCall,
  scriptedModel,
} from './scripted-model.ts'
export {
  type Chance,
  type OutsideAwait,
  type SimulatedOptions,
  type Simulation,
  type StuckLane,
  startSimulated,
} from './simulated-runtime.ts'
export {
  type Asked,
  type AskOptions,
  type DeliverOptions,
  type Logged,
  type OnAsked,
  type TestAgent,
  type TestAgentOptions,
  testAgent,
} from './test-agent.ts'
