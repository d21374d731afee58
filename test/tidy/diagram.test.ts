import { expect, test } from '@jest/globals';
import { transitions } from '../../lambdas/shared/lifecycle.ts';
import { type Arrow, projectFile, stateDiagram } from '../support/markdown.ts';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
}
const onboardTenant = JSON.parse(projectFile('statemachines/onboard-tenant.asl.json')) as {
  StartAt: string;
  States: Record<string, State>;
};

/** Every way through a definition, in the order in which its states stand. */
function arrowsOf({ StartAt, States }: typeof onboardTenant): Pick<Arrow, 'from' | 'to'>[] {
  const after = ({ Type, Next, Default, End, Choices = [], Catch = [] }: State) => [
    ...Choices.map((choice) => choice.Next),
    ...(Default ? [Default] : []),
    ...(Next ? [Next] : []),
    ...(End || Type === 'Succeed' || Type === 'Fail' ? ['[*]'] : []),
    ...Catch.map((caught) => caught.Next),
  ];
  return [{ from: '[*]', to: StartAt }, ...Object.entries(States).flatMap(([from, state]) => after(state).map((to) => ({ from, to })))];
}

test("the README's diagram shows the states of the workflow and their order", () => {
  const drawn = stateDiagram(projectFile('README.md')).map(({ from, to }) => ({ from, to }));
  expect(drawn).toEqual(arrowsOf(onboardTenant));
});

test('the diagram of the lifecycle shows each legal transition with its trigger, and no other', () => {
  const drawn = stateDiagram(projectFile('docs/architecture.md')).map(({ from, to, label }) => `${from} --> ${to}: ${label}`);
  const legal = transitions.map(({ from, to, trigger }) => `${from} --> ${to}: ${trigger}`);
  expect(drawn).toEqual(['[*] --> PENDING: undefined', ...legal]);
});
