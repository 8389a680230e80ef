/** Test tools for users: the public names of `heddle/testing`. */
import '../node-version.ts'

export type { OutsideAwait } from './border.ts'
export type { Chance } from './harm.ts'
export type { LoggedLine, TestRequest } from './lone-host.ts'
export {
  type Script,
  type ScriptedAnswer,
  type ScriptedModel,
  type ScriptedModelOptions,
  type ScriptedToolCall,
  scriptedModel,
} from './scripted-model.ts'
export type { StuckLane } from './simulated-lane.ts'
export type { SimulatedOptions } from './simulated-options.ts'
export { type Simulation, startSimulated } from './simulated-runtime.ts'
export {
  type AskOptions,
  type DeliverOptions,
  type OnAsked,
  type TestAgent,
  type TestAgentOptions,
  testAgent,
} from './test-agent.ts'
