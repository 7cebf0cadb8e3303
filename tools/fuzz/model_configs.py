"""Random configurations of the families: values that differ from the defaults, and how older files write them."""
from dataclasses import dataclass, field

VOCABULARY = 60
HEADS = ["Model", "ForMaskedLM", "ForPreTraining", "ForNextSentencePrediction", "ForSequenceClassification", "ForTokenClassification",
         "ForQuestionAnswering", "ForMultipleChoice"]
DECODER_HEADS = ["Model", "LMHeadModel", "ForCausalLM", "ForSequenceClassification", "ForTokenClassification"]
ACTIVATIONS = ["gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python", "relu", "silu", "swish", "tanh", "linear"]


@dataclass
class Case:
    config: dict
    file: dict = field(default_factory=dict)  # what is put into config.json once it is saved; None: taken out
    longest: int = 20
    lengths: list = None
    segments: int = 0
    targets: int = 0   # vocabulary of the decoder
    vocabulary: int = VOCABULARY

    def edit(self, stored):
        for key, value in self.file.items():
            if value is None:
                stored.pop(key, None)
            else:
                stored[key] = value if value != "null" else None
        return stored


def maybe(rng, config, share=0.5, **choices):
    """Each key with one of its values, or not at all."""
    for key, values in choices.items():
        if rng.random() < share:
            config[key] = rng.choice(values)


def common(rng, file):
    """Keys that mean nothing to either."""
    maybe(rng, file, 0.1, use_cache=[False], torch_dtype=["float16"], output_past=[True], gradient_checkpointing=[False], pruned_heads=[{}],
          task_specific_params=["null"], _num_labels=[5], chunk_size_feed_forward=[1], finetuning_task=["x"])


def bert(rng, **own):
    heads = rng.choice([1, 2, 3, 4])
    width = heads * rng.choice([1, 2, 3, 4, 5, 6, 8, 20, 32])
    config = {"vocab_size": VOCABULARY, "hidden_size": width, "num_hidden_layers": rng.choice([1, 2, 3]), "num_attention_heads": heads,
              "intermediate_size": rng.choice([5, 6, 16, 20, 70]), "max_position_embeddings": 32, **own}
    maybe(rng, config, hidden_act=ACTIVATIONS, layer_norm_eps=[1e-12, 1e-6, 1e-5, 1e-2], type_vocab_size=[1, 2, 3], pad_token_id=[0, 1, 7],
          tie_word_embeddings=[True, False], classifier_dropout=[None, 0.3], hidden_dropout_prob=[0.3], initializer_range=[0.1])
    file = {}
    common(rng, file)
    maybe(rng, file, 0.1, position_embedding_type=["absolute"], gradient_checkpointing=[True])
    for key, value in (("type_vocab_size", 2), ("layer_norm_eps", 1e-12), ("tie_word_embeddings", True)):
        if config.get(key, value) == value and rng.random() < 0.2:
            file[key] = None
    return Case(config, file, segments=config.get("type_vocab_size", 2))


def roberta(rng):
    case = bert(rng)
    case.longest = 32 - (case.config.get("pad_token_id", 1) + 1)
    case.segments = 0 if case.config.get("type_vocab_size") == 1 else case.segments
    if rng.random() < 0.3:
        case.lengths = [case.longest]
    return case


def electra(rng):
    case = bert(rng, embedding_size=rng.choice([4, 8, 12]))
    maybe(rng, case.config, 0.3, summary_use_proj=[True, False], summary_activation=["gelu", "tanh", "relu"])
    maybe(rng, case.file, 0.1, summary_activation=["null"], summary_type=["first", "last", "mean"])
    return case


def albert(rng):
    groups = rng.choice([1, 2, 3])
    case = bert(rng, embedding_size=rng.choice([4, 8, 12]), num_hidden_groups=groups, inner_group_num=rng.choice([1, 2]))
    case.config["num_hidden_layers"] = groups + rng.choice([0, 1, 2, 3, 4])
    case.config.pop("classifier_dropout", None)
    maybe(rng, case.config, classifier_dropout_prob=[0.2])
    return case


def big_bird(rng):
    block, random_blocks = rng.choice([1, 2, 3, 4]), rng.choice([1, 2, 3])
    case = bert(rng, attention_type=rng.choice(["block_sparse"] * 3 + ["original_full"]), block_size=block, num_random_blocks=random_blocks,
                sep_token_id=3)
    switch = (5 + 2 * random_blocks) * block
    case.config["max_position_embeddings"] = case.longest = switch + 6 * block
    case.lengths = [rng.randint(1, switch), switch, switch + 1, rng.randint(switch + 1, case.longest), case.longest]
    maybe(rng, case.config, use_bias=[True, False], rescale_embeddings=[True, False])
    return case


def distilbert(rng):
    heads = rng.choice([1, 2, 4])
    config = {"vocab_size": VOCABULARY, "dim": heads * rng.choice([2, 3, 4, 6, 33]), "n_layers": rng.choice([1, 2]), "n_heads": heads,
              "hidden_dim": rng.choice([6, 16]), "max_position_embeddings": 24}
    maybe(rng, config, activation=ACTIVATIONS, sinusoidal_pos_embds=[True, False], pad_token_id=[0, 5], tie_word_embeddings=[True, False])
    file = {}
    common(rng, file)
    if rng.random() < 0.2:
        file |= {"dim": None, "n_layers": None, "n_heads": None, "hidden_size": config["dim"], "num_hidden_layers": config["n_layers"],
                 "num_attention_heads": config["n_heads"]}
    return Case(config, file)


def modernbert(rng):
    heads = rng.choice([1, 2, 3])
    layers = rng.choice([1, 3, 4])
    config = {"vocab_size": VOCABULARY, "hidden_size": heads * rng.choice([2, 4, 6, 8, 32]), "num_hidden_layers": layers, "num_attention_heads": heads,
              "intermediate_size": rng.choice([6, 17, 40]), "max_position_embeddings": 40, "pad_token_id": 0, "bos_token_id": 1,
              "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}
    maybe(rng, config, hidden_activation=ACTIVATIONS, norm_eps=[1e-5, 1e-2], norm_bias=[True, False], attention_bias=[True, False],
          mlp_bias=[True, False], local_attention=[1, 2, 3, 6, 9, 128], decoder_bias=[True, False], classifier_pooling=["cls", "mean"],
          classifier_bias=[True, False], classifier_activation=["gelu", "relu", "silu"], global_attn_every_n_layers=[1, 2, 3],
          tie_word_embeddings=[True, False], sparse_prediction=[True, False])
    file = {}
    common(rng, file)
    if rng.random() < 0.5:
        config["layer_types"] = [rng.choice(["full_attention", "sliding_attention"]) for _ in range(layers)]
    if rng.random() < 0.5:
        config["rope_parameters"] = {"full_attention": {"rope_type": "default", "rope_theta": rng.choice([100.0, 160000.0])},
                                     "sliding_attention": {"rope_type": "default", "rope_theta": rng.choice([50.0, 10000.0])}}
    elif rng.random() < 0.5:
        file |= {"rope_parameters": None, "global_rope_theta": rng.choice([100.0, 160000.0])}
        if rng.random() < 0.5:
            file["local_rope_theta"] = 77.0
        if rng.random() < 0.4:
            file["rope_scaling"] = {"type": "linear", "factor": 4.0} if rng.random() < 0.5 else {"rope_type": "linear", "factor": 4.0}
    if rng.random() < 0.3 and "layer_types" not in config:
        file |= {"layer_types": None, "global_attn_every_n_layers": config.get("global_attn_every_n_layers", 3)}
    return Case(config, file, longest=40)


def gpt2(rng, family="gpt2"):
    heads = rng.choice([1, 2, 4])
    config = {"vocab_size": VOCABULARY, "n_embd": heads * rng.choice([4, 5, 8, 40]), "n_layer": rng.choice([1, 2, 3]), "n_head": heads,
              "n_positions": 24, "bos_token_id": 1, "eos_token_id": 2}
    maybe(rng, config, activation_function=ACTIVATIONS, layer_norm_epsilon=[1e-6, 1e-2], n_inner=[None, 6, 20], pad_token_id=[0, 3],
          tie_word_embeddings=[True, False])
    file = {}
    common(rng, file)
    if family == "gpt2":
        maybe(rng, config, 0.3, scale_attn_weights=[True, False], scale_attn_by_inverse_layer_idx=[True, False],
              reorder_and_upcast_attn=[True, False])
        maybe(rng, file, 0.2, n_ctx=[24])
    if rng.random() < 0.2:
        file |= {"n_embd": None, "n_layer": None, "n_head": None, "n_positions": None, "hidden_size": config["n_embd"],
                 "num_hidden_layers": config["n_layer"], "num_attention_heads": heads, "max_position_embeddings": 24}
    return Case(config, file, longest=24)


def gptj(rng):
    case = gpt2(rng, "gptj")
    case.config["rotary_dim"] = rng.choice([2, 4])
    return case


def gpt_neo(rng):
    heads, layers = rng.choice([1, 2, 4]), rng.choice([1, 2, 3, 4])
    config = {"vocab_size": VOCABULARY, "hidden_size": heads * rng.choice([2, 3, 4, 8, 40]), "num_layers": layers, "num_heads": heads,
              "max_position_embeddings": 24, "bos_token_id": 1, "eos_token_id": 2}
    kinds = [rng.choice(["global", "local"]) for _ in range(layers)]
    config["attention_types"] = [[[kind], 1] for kind in kinds] if rng.random() < 0.5 else [[kinds, 1]]
    maybe(rng, config, activation_function=ACTIVATIONS, window_size=[1, 2, 3, 7], intermediate_size=[None, 6], layer_norm_epsilon=[1e-2],
          tie_word_embeddings=[True, False], pad_token_id=[0])
    file = {}
    common(rng, file)
    if rng.random() < 0.15:
        file["attention_layers"] = [rng.choice(["global", "local"]) for _ in range(layers)]
    if rng.random() < 0.1:
        file |= {"num_layers": None, "num_heads": None, "num_hidden_layers": layers, "num_attention_heads": heads}
    return Case(config, file, longest=24)


def opt(rng):
    heads = rng.choice([1, 2, 4])
    config = {"vocab_size": VOCABULARY, "hidden_size": heads * rng.choice([2, 3, 4, 8, 40]), "num_hidden_layers": rng.choice([1, 2]),
              "num_attention_heads": heads, "ffn_dim": rng.choice([6, 16]), "max_position_embeddings": 24}
    maybe(rng, config, activation_function=ACTIVATIONS, do_layer_norm_before=[True, False], word_embed_proj_dim=[None, 4, 12],
          enable_bias=[True, False], _remove_final_layer_norm=[True, False], tie_word_embeddings=[True, False], pad_token_id=[0, 1],
          init_std=[0.1], layerdrop=[0.1])
    maybe(rng, config, 0.05, layer_norm_elementwise_affine=[False])
    file = {}
    common(rng, file)
    return Case(config, file, longest=24)


def rope(rng):
    kind = rng.choice(["default", "linear", "dynamic", "yarn", "llama3"] * 4 + ["longrope"])
    out = {"rope_type": kind, "rope_theta": rng.choice([20.0, 10000.0, 500000.0])}
    if kind != "default":
        out["factor"] = rng.choice([1.0, 2.0, 4.0])
    if kind == "llama3":
        out |= {"low_freq_factor": 1.0, "high_freq_factor": rng.choice([2.0, 4.0])}
    if kind in ("llama3", "yarn", "longrope") and rng.random() < 0.7:
        out["original_max_position_embeddings"] = rng.choice([8, 16])
    if kind == "yarn":
        maybe(rng, out, 0.3, beta_fast=[2.0, 32.0], beta_slow=[0.2, 1.0], mscale=[0.7], mscale_all_dim=[0.5], attention_factor=[0.8, None],
              truncate=[True, False])
    return out


def llama(rng, qwen=False):
    kv_heads = rng.choice([1, 2])
    heads = kv_heads * rng.choice([1, 2, 3])
    head = rng.choice([2, 4, 6, 8, 40])
    layers = rng.choice([1, 2, 3])
    config = {"vocab_size": VOCABULARY, "hidden_size": heads * head, "num_hidden_layers": layers, "num_attention_heads": heads,
              "num_key_value_heads": kv_heads, "intermediate_size": rng.choice([6, 16]), "max_position_embeddings": 48,
              "bos_token_id": 1, "eos_token_id": rng.choice([2, [2, 3]])}
    maybe(rng, config, hidden_act=ACTIVATIONS, rms_norm_eps=[1e-6, 1e-2], tie_word_embeddings=[True, False], pad_token_id=[0])
    maybe(rng, config, 0.3, head_dim=[2, 4, 8])
    if kv_heads == heads and rng.random() < 0.5 and not qwen:
        del config["num_key_value_heads"]
    parameters, file = rope(rng), {}
    common(rng, file)
    if parameters["rope_type"] == "longrope":
        width = config.get("head_dim", head) // 2
        parameters |= {"short_factor": [1.0 + 0.1 * i for i in range(width)], "long_factor": [2.0 + 0.3 * i for i in range(width)]}
    if rng.random() < 0.5:
        config["rope_parameters"] = parameters
    else:  # as releases before 5 wrote it
        file |= {"rope_parameters": None, "rope_theta": parameters.pop("rope_theta")}
        if parameters["rope_type"] != "default":
            if rng.random() < 0.5:
                parameters["type"] = parameters.pop("rope_type")
            file["rope_scaling"] = parameters
        else:
            file["rope_scaling"] = "null"
        if rng.random() < 0.2:
            file["original_max_position_embeddings"] = 12
    maybe(rng, file, 0.1, partial_rotary_factor=[0.5], pretraining_tp=[2], sliding_window=[4])
    if not qwen:
        maybe(rng, config, attention_bias=[True, False], mlp_bias=[True, False])
    else:
        maybe(rng, file, 0.1, attention_bias=[True, False])
        maybe(rng, config, use_sliding_window=[True, False], sliding_window=[1, 2, 3, 4, 9, None], max_window_layers=[0, 1, 2])
        if rng.random() < 0.4:
            config["layer_types"] = [rng.choice(["full_attention", "sliding_attention"]) for _ in range(layers)]
        elif rng.random() < 0.5:
            file["layer_types"] = None
    return Case(config, file, longest=48)


def marian(rng):
    heads = rng.choice([1, 2, 4])
    config = {"vocab_size": VOCABULARY, "d_model": heads * rng.choice([1, 2, 3, 4, 8, 40]), "encoder_layers": rng.choice([1, 2]),
              "decoder_layers": rng.choice([1, 2]), "encoder_attention_heads": heads, "decoder_attention_heads": heads,
              "encoder_ffn_dim": rng.choice([6, 16]), "decoder_ffn_dim": rng.choice([6, 20]), "max_position_embeddings": 24,
              "pad_token_id": VOCABULARY - 1, "decoder_start_token_id": VOCABULARY - 1, "eos_token_id": 0, "forced_eos_token_id": 0}
    maybe(rng, config, activation_function=ACTIVATIONS, scale_embedding=[True, False])
    maybe(rng, config, 0.3, share_encoder_decoder_embeddings=[True, False], tie_word_embeddings=[True, False], init_std=[0.1])
    if not config.get("share_encoder_decoder_embeddings", True) and rng.random() < 0.6:
        config["decoder_vocab_size"] = 50
        config |= {"pad_token_id": 49, "decoder_start_token_id": 49}
    file = {}
    common(rng, file)
    maybe(rng, file, 0.1, normalize_before=[False, True], add_final_layer_norm=[False, True], normalize_embedding=[False, True],
          static_position_embeddings=[True, False], add_bias_logits=[False], extra_pos_embeddings=[2], bad_words_ids=[[[59]]])
    if rng.random() < 0.1:
        file |= {"d_model": None, "hidden_size": config["d_model"]}
    return Case(config, file, longest=24, targets=config.get("decoder_vocab_size", VOCABULARY))


FAMILIES = {"bert": ("Bert", bert), "distilbert": ("DistilBert", distilbert), "roberta": ("Roberta", roberta),
            "xlm-roberta": ("XLMRoberta", roberta), "camembert": ("Camembert", roberta), "electra": ("Electra", electra),
            "albert": ("Albert", albert), "big_bird": ("BigBird", big_bird), "modernbert": ("ModernBert", modernbert),
            "gpt2": ("GPT2", gpt2), "gpt_neo": ("GPTNeo", gpt_neo), "gptj": ("GPTJ", gptj), "opt": ("OPT", opt), "llama": ("Llama", llama),
            "qwen2": ("Qwen2", lambda rng: llama(rng, True)), "marian": ("Marian", marian)}
DECODERS = ["gpt2", "gpt_neo", "gptj", "opt", "llama", "qwen2"]


def heads_of(family):
    return ["MTModel"] if family == "marian" else DECODER_HEADS if family in DECODERS else HEADS
