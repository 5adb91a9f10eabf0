/**
 * With a seed the property tests try the same values each time, so that a commit is judged alike as often as it is judged
 * (`.ci/run` takes the seed from the commit). Without one each run tries others.
 */
import fc from "fast-check";

const { VARSCOPE_TEST_SEED: seed } = process.env;
if (seed !== undefined && seed !== "")
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
