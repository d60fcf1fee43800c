import type { Document } from "mongodb";
import { aboveNumbers, type MongoValue, minusInfinity, toBson } from "./mongo-value.ts";

// Conditions on doubles, whose values are of three types: null for -Infinity, numbers, and text for what is above them. A
// comparison in MongoDB only finds values of its own type.

/** From this value on. */
export function doubleFrom(name: string, value: MongoValue): Document {
  return { $or: [{ [name]: { $eq: toBson(value) } }, doubleAbove(name, value)] };
}

/** Above this value. */
export function doubleAbove(name: string, value: MongoValue): Document {
  if (value === minusInfinity) return { [name]: { $ne: null } };
  if (value === "NaN") return { _id: { $in: [] } };
  if (value === "Infinity") return { [name]: { $eq: "NaN" } };
  return { $or: [{ [name]: { $gt: value } }, { [name]: { $in: [...aboveNumbers] } }] };
}

/** Below this value; whether it is there at all is another condition. */
export function doubleBelow(name: string, value: MongoValue): Document {
  if (value === minusInfinity) return { _id: { $in: [] } };
  if (value === "NaN") return { [name]: { $ne: "NaN" } };
  if (value === "Infinity") return { [name]: { $nin: [...aboveNumbers] } };
  return { $or: [{ [name]: { $lt: value } }, { [name]: null }] };
}
