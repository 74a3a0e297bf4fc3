import { isObject, type Json } from '../json/json';
import { expectList, expectString, resolveString, type Scope } from './intrinsics';

/**
 * Evaluates an entry of a template's `Conditions`.
 * Throws Error on a function that may not stand there or is not modelled, naming it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
 */
export function evaluateCondition(expression: Json, scope: Scope): boolean {
  const [name, ...others] = isObject(expression) ? Object.keys(expression) : [];
  if (!isObject(expression) || name === undefined || others.length > 0) {
    throw new Error(`a condition is one function, not ${JSON.stringify(expression)}`);
  }
  const evaluate = CONDITION_FUNCTIONS[name];
  if (evaluate === undefined)
    throw new Error(`the condition function ${name} is not modelled by the local runtime`);
  return evaluate(expression[name] ?? null, scope);
}

const CONDITION_FUNCTIONS: Readonly<Record<string, (argument: Json, scope: Scope) => boolean>> = {
  Condition: (argument, scope) => scope.condition(expectString(argument, 'Condition')),
  'Fn::Equals': (argument, scope) => {
    const [left, right] = expectList(argument, 'Fn::Equals', 2).map((side) => resolveString(side, scope));
    return left === right;
  },
  'Fn::And': (argument, scope) =>
    operands(argument, 'Fn::And').every((part) => evaluateCondition(part, scope)),
  'Fn::Or': (argument, scope) => operands(argument, 'Fn::Or').some((part) => evaluateCondition(part, scope)),
  'Fn::Not': (argument, scope) => {
    const [operand] = expectList(argument, 'Fn::Not', 1);
    return !evaluateCondition(operand ?? null, scope);
  },
};

function operands(argument: Json, name: string): Json[] {
  const list = expectList(argument, name);
  if (list.length < 2 || list.length > 10)
    throw new Error(`${name} takes 2 to 10 conditions, not ${list.length}`);
  return list;
}
