"""Rasa's own ResponseSelector as a peer of the search: trained on the same entries, asked the same questions.

Runs inside Rasa's environment (Python 3.10), started by `tests.bench.rasa_peer`: reads `{"lang", "entries": [{"id",
"texts"}], "asked", "epochs"}` from the file given first and writes the best three ids of each question to the second.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

# Rasa's defaults for text that is not of one language, with its retrieval model behind.
TOKENIZERS = {"zh": "JiebaTokenizer", "en": "WhitespaceTokenizer"}


def write_project(task: dict, folder: Path) -> None:
    """The files of an assistant that only selects responses."""
    features = [
        {"name": "CountVectorsFeaturizer", "token_pattern": r"(?u)\b\w+\b"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    ]
    selector = {"name": "ResponseSelector", "retrieval_intent": "faq", "epochs": task["epochs"], "random_seed": 0}
    pipeline = [{"name": TOKENIZERS[task["lang"]]}, *features, selector]
    config = {"recipe": "default.v1", "language": task["lang"], "assistant_id": "peer", "pipeline": pipeline}
    config["policies"] = [{"name": "RulePolicy"}]
    names = [f"faq/{number}" for number in range(len(task["entries"]))]
    nlu = [
        {"intent": name, "examples": "".join(f"- {text}\n" for text in map(plain, entry["texts"]) if text)}
        for name, entry in zip(names, task["entries"], strict=True)
    ]
    responses = {f"utter_{name}": [{"text": f"answer {name}"}] for name in names}
    domain = {"version": "3.1", "intents": ["faq"], "responses": responses}
    # Rasa takes NLU data only in block style; the other files may be JSON, which is YAML.
    (folder / "nlu.yml").write_text('version: "3.1"\nnlu:\n' + "".join(map(nlu_block, nlu)), "utf-8")
    (folder / "config.yml").write_text(json.dumps(config), "utf-8")
    (folder / "domain.yml").write_text(json.dumps(domain), "utf-8")


def nlu_block(item: dict) -> str:
    """One intent with its examples."""
    lines = "".join(f"    {line}\n" for line in item["examples"].splitlines())
    return f"- intent: {item['intent']}\n  examples: |\n{lines}"


def plain(text: str) -> str:
    """A text without the marks that Rasa's training format reads as entities or lines."""
    return " ".join(text.translate(str.maketrans("[](){}", "      ")).split())


async def ask(agent, questions: list) -> list:
    """Positions of the best three entries of each question."""
    found = []
    for question in questions:
        parsed = await agent.parse_message(question)
        ranking = parsed["response_selector"]["faq"]["ranking"][:3]
        found.append([int(item["intent_response_key"].split("/")[1]) for item in ranking])
    return found


def main() -> None:
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    task = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_project(task, folder)
        files = (str(folder / "config.yml"), str(folder / "nlu.yml"), scratch)
        model = train_nlu(*files, domain=str(folder / "domain.yml"))
        found = asyncio.run(ask(Agent.load(model), task["asked"]))
    ids = [entry["id"] for entry in task["entries"]]
    Path(sys.argv[2]).write_text(json.dumps([[ids[place] for place in places] for places in found]), "utf-8")


if __name__ == "__main__":
    main()
